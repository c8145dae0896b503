using System.Diagnostics;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Instances;

/// <summary>Deploys and shells over SSH, on instances that run for real.</summary>
internal sealed class SshInstanceTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _project = new InstanceProject(executes: true);
        await Sandboxes.RequireAsync();
        Peers.Require("sshd");
        Peers.Require("ssh");
        _project.Project.Write("nodes.json", _project.Project.Read("nodes.json").Replace("\"www\": {", "\"www\": {\"communicator\": \"ssh\", ", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_project.Project.PathOf("ops.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite); // ssh wants it
        }
    }

    [TearDown]
    public void Close() => _project.Dispose();

    [Test]
    public async Task Deploy_OverSsh_ConvergesEachNodeAndLeavesNothingOnIt()
    {
        var (one, two) = (await _project.CreateAsync("one"), await _project.CreateAsync("two"));
        _project.Project.Write("converge.sh", "id -u > /etc/converged; hostname >> /etc/converged\n");

        var run = await _project.RunAsync("instance:deploy", "www", "--key", "ops.pem");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.Match(@"www +2 +2 +0 +0\n"));
        foreach (var id in new[] { one, two })
        {
            var shell = await ShellAsync(id, "if sudo -n true 2>/dev/null; then as=\"sudo -n\"; fi; $as cat /etc/converged; $as ls /var/lib/baker; exit 5");
            Assert.That(((int)shell.Code, shell.Out.Split('\n')[0]), Is.EqualTo((5, "0")), shell.Error);
            Assert.That(shell.Out.Trim().Split('\n'), Has.Length.EqualTo(2), "the payload is still there");
        }
    }

    [Test]
    public async Task Deploy_OverSshAScriptFails_ShowsItsOutputAndBeginsNoMore()
    {
        await _project.CreateAsync("one");
        await _project.CreateAsync("two");
        _project.Project.Write("converge.sh", "echo the disk is full\nexit 9\n");

        var run = await _project.RunAsync("instance:deploy", "www", "--key", "ops.pem", "-n", "1");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain(": Failed").And.Contain("the disk is full").And.Contain("exit code 9"));
        Assert.That(run.Out, Does.Match(@"www +2 +0 +1 +1\n"));
    }

    [Test]
    public async Task Deploy_OverSshWithoutAKey_SaysWhatToGive()
    {
        await _project.CreateAsync("one");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("nothing says with which key").And.Contain("--key PATH"));
    }

    [Test]
    public async Task Deploy_OverSshWithAnotherKey_NamesTheNodeAsUnreachable()
    {
        var id = await _project.CreateAsync("one");
        _project.WriteKey("other.pem");
        _project.Project.Write("nodes.json", _project.Project.Read("nodes.json").Replace("\"ssh\", ", "\"ssh\", \"ssh_timeout\": \"1s\", ", StringComparison.Ordinal));

        var run = await _project.RunAsync("instance:deploy", "www", "--key", "other.pem");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain($"www {id}: Unreachable").And.Contain("could not be logged in to over SSH as ubuntu@"));
    }

    [Test]
    public async Task CopyAndForward_OverSsh_GoByTheOperatorsKey()
    {
        Peers.Require("scp");
        var id = await _project.CreateAsync("one");
        _project.Project.Write("note.txt", "over ssh\n");
        await _project.RunAsync("instance:deploy", "www", "--key", "ops.pem"); // which waits until it can be logged in to

        var up = await ProgramRun.OfAsync(PackageProgram.ForProcesses.Start(_project.Project, "instance:copy", "note.txt", $"{id}:/tmp/note.txt", "--key", "ops.pem"), "");
        var down = await ProgramRun.OfAsync(PackageProgram.ForProcesses.Start(_project.Project, "instance:copy", "one:/tmp/note.txt", "back.txt", "--key", "ops.pem"), "");

        Assert.That((up.Code, down.Code), Is.EqualTo((ExitCode.Done, ExitCode.Done)), up.Error + down.Error);
        Assert.That(_project.Project.Read("back.txt"), Is.EqualTo("over ssh\n"));
    }

    /// <summary>A process of its own: the shell takes over its terminal.</summary>
    private async Task<ProgramRun> ShellAsync(string instance, string input)
    {
        var start = PackageProgram.ForProcesses.Start(_project.Project, "instance:shell", instance, "--key", "ops.pem");
        return await ProgramRun.OfAsync(start, input + "\n");
    }
}
