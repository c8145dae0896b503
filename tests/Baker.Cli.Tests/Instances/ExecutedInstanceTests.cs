using System.Diagnostics;
using System.Security.Cryptography;
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

    /// <summary>A process of its own: the shell takes over its terminal.</summary>
    private async Task<ProgramRun> ShellAsync(string instance, string input, bool onTerminal = false)
    {
        var start = PackageProgram.ForProcesses.Start(_project.Project, "instance:shell", instance);
        if (onTerminal)
        {
            // A pseudo-terminal around it, as a person has one.
            var line = string.Join(' ', start.ArgumentList.Prepend(start.FileName).Select(word => $"'{word}'"));
            (start.FileName, start.Environment["TERM"]) = ("script", "vt100");
            start.ArgumentList.Clear();
            Array.ForEach(["-q", "-e", "-c", line, "/dev/null"], start.ArgumentList.Add);
        }

        return await ProgramRun.OfAsync(start, input + "\n");
    }
}
