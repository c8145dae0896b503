using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Instances;

/// <summary>Deploys and shells on instances that run for real.</summary>
internal sealed class ExecutedInstanceTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _project = new InstanceProject(executes: true);
        await Sandboxes.RequireAsync();
    }

    [TearDown]
    public void Close() => _project.Dispose();

    [Test]
    public async Task Deploy_ScriptFails_ShowsItsOutputAndEndsWithThree()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "echo the disk is full\nexit 9\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain($"www {id}: Failed").And.Contain("the disk is full").And.Contain("exit code 9"));
        Assert.That(run.Out, Does.Match(@"www +1 +0 +1 +0\n"));
    }

    [Test]
    public async Task Deploy_ScriptAsksForAReboot_GoesOnAfterIt()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "echo at it >> /etc/converged\n[ -e /etc/rebooted ] || { touch /etc/rebooted; exit 194; }\n");

        var run = await _project.RunAsync("instance:deploy", "www");
        var look = await ShellAsync(id, "cat /etc/converged; ls /var/lib/baker");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(look.Out, Is.EqualTo("at it\nat it\n"), "and nothing is left there");
    }

    [Test]
    public async Task Deploy_PayloadLargerThanACommand_GoesThroughTheBucketAndLeavesNothingThere()
    {
        await _project.CreateAsync("one");
        await _project.MakeBucketAsync();
        var weight = Convert.ToBase64String(RandomNumberGenerator.GetBytes(60_000));
        _project.Project.Write("converge.sh", $"echo {weight} | wc -c > /etc/weight\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((await ShellAsync("one", "cat /etc/weight")).Out.Trim(), Is.EqualTo($"{weight.Length + 1}"));
        Assert.That(Directory.EnumerateFiles(_project.Project.PathOf(".package"), "*.tar.gz", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Shell_NodeRuns_IsInItsSandboxAndEndsWithItsCode()
    {
        var id = await _project.CreateAsync("one");
        await _project.RunAsync("instance:deploy", "www");

        var shell = await ShellAsync(id, "cat /etc/converged; exit 7");

        Assert.That(((int)shell.Code, shell.Out), Is.EqualTo((7, "converged\n")), shell.Error);
        Assert.That(File.Exists("/etc/converged"), Is.False, "nothing reaches the host");
    }

    [Test]
    public async Task Shell_OnATerminal_HasJobControlAPromptAndItsOwnCode()
    {
        Peers.Require("script");
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "tty; sleep 0.1 & fg; echo \"$TERM back: $?\"; exit 7", onTerminal: true);

        Assert.That((int)shell.Code, Is.EqualTo(7), shell.Out);
        Assert.That(shell.Out, Does.Contain($"www {id} # ").And.Contain("/dev/pts/").And.Contain("vt100 back: 0"));
        Assert.That(shell.Out, Does.Not.Contain("job control").And.Not.Contain("annot set"));
    }

    /// <summary>A process that a person's shell leaves behind must not read what they type later, nor write there.</summary>
    [Test]
    public async Task Shell_OnATerminal_IsNotGivenThePersonsOwn()
    {
        Peers.Require("script");
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "stat -L -c 'inside %t:%T' /proc/$PPID/fd/0; exit 0", onTerminal: true, before: "stat -L -c 'outside %t:%T' /proc/self/fd/0; ");

        var outside = Regex.Match(shell.Out, "outside ([0-9a-f]+:[0-9a-f]+)").Groups[1].Value;
        var inside = Regex.Match(shell.Out, "inside ([0-9a-f]+:[0-9a-f]+)").Groups[1].Value;
        Assert.That((outside, inside), Is.Not.EqualTo(("", "")).And.Not.EqualTo((outside, outside)), shell.Out);
        Assert.That(new[] { outside, inside }, Has.All.StartsWith("88:"), "pseudo-terminals: " + shell.Out);
    }

    [Test]
    public async Task Shell_IsWithinTheLimitsOfItsInstance()
    {
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "cat /proc/self/cgroup; sed -n 's/Max processes *\\([^ ]*\\).*/limit \\1/p' /proc/self/limits");

        Assert.That(shell.Out, Does.Contain($"/baker/{id}\n").Or.Contain("limit 4096\n"), shell.Error);
    }

    [Test]
    public async Task Command_InAnInstanceWithoutRoomForAProcess_FailsAtOnce()
    {
        _project.Project.Write("nodes.json", _project.Project.Read("nodes.json").Replace("\"local\": {", "\"local\": {\"limits\": {\"processes\": 64}, ", StringComparison.Ordinal));
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "i=0; while [ $i -lt 64 ]; do sleep 600 > /dev/null 2>&1 & i=$((i+1)); done\n");
        await _project.RunAsync("instance:deploy", "www");
        _project.Project.Write("converge.sh", "echo there is room\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error + run.Out);
        Assert.That(run.Error, Does.Contain($"www {id}: Failed").And.Not.Contain("there is room"));
    }

    /// <summary>A process of its own: the shell takes over its terminal.</summary>
    private async Task<ProgramRun> ShellAsync(string instance, string input, bool onTerminal = false, string before = "")
    {
        var start = PackageProgram.ForProcesses.Start(_project.Project, "instance:shell", instance);
        if (onTerminal)
        {
            // A pseudo-terminal around it, as a person has one.
            var line = before + string.Join(' ', start.ArgumentList.Prepend(start.FileName).Select(word => $"'{word}'"));
            (start.FileName, start.Environment["TERM"]) = ("script", "vt100");
            start.ArgumentList.Clear();
            Array.ForEach(["-q", "-e", "-c", line, "/dev/null"], start.ArgumentList.Add);
        }

        return await ProgramRun.OfAsync(start, input + "\n");
    }
}
