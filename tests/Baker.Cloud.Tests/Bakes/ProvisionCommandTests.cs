using System.Diagnostics;
using System.Text;
using Baker.Cloud.Communicators;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Bakes;

/// <summary>The shell lines of a provisioning, run here as SSM's agent runs them there: once, twice, and after reboots.</summary>
[Platform("Linux")]
internal sealed class ProvisionCommandTests
{
    private DirectoryInfo _root = null!;

    private string Made => Path.Combine(_root.FullName, "made");

    private string Run => Path.Combine(_root.FullName, "run");

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("baker-provision-");

    [TearDown]
    public void RemoveFolder() => _root.Delete(recursive: true);

    [Test]
    public async Task Start_DeliveredTwice_RunsOnceAndAnswersBoth()
    {
        var both = await Task.WhenAll(DeliverAsync($"echo once >> {Made}\nsleep 0.3\n"), DeliverAsync($"echo once >> {Made}\nsleep 0.3\n"));

        Assert.That(both.Select(each => each.Code), Is.All.Zero, both[0].Output + both[1].Output);
        Assert.That(both.Select(each => each.Output), Is.All.Match("@baker [0-9]+ 0\n$"));
        Assert.That(await File.ReadAllTextAsync(Made), Is.EqualTo("once\n"));
    }

    [Test]
    public async Task Start_ExitCode194WhereNothingReboots_IsToldAndTheAgentDoesNotSeeIt()
    {
        var (code, output) = await DeliverAsync(["exit 194\n"], reboots: false);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Match("@baker [0-9]+ 194\n$"));
    }

    [Test]
    public async Task Start_TheFirstIsGone_SaysSoAndDoesNotWait()
    {
        Directory.CreateDirectory(Run);
        await File.WriteAllTextAsync(Path.Combine(Run, "began"), "");
        await File.WriteAllTextAsync(Path.Combine(Run, $"owner-{BootId()}"), "999999999 1\n");
        await File.WriteAllTextAsync(Path.Combine(Run, "log"), "its last words\n");

        var (code, output) = await DeliverAsync("true\n");

        Assert.That((code, output), Is.EqualTo((1, "its last words\n@baker 15 1 lost\n")));
    }

    [Test]
    public async Task Start_AfterARebootThatNobodyAskedFor_SaysSoAndRunsNothing()
    {
        Directory.CreateDirectory(Run);
        await File.WriteAllTextAsync(Path.Combine(Run, "began"), "");
        await File.WriteAllTextAsync(Path.Combine(Run, "owner-another-boot"), "1 1\n");

        var (code, output) = await DeliverAsync($"touch {Made}\n");
        var look = await ShellAsync(new ProvisionCommand("run", _root.FullName).Look());

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Match("rebooted while this ran\n@baker [0-9]+ 1 rebooted\n$"));
        Assert.That(File.Exists(Made), Is.False);
        Assert.That(look.Output, Is.Empty, "it has been delivered on this boot");
    }

    [Test]
    public async Task Look_BegunOnAnotherBoot_IsRebooted()
    {
        Directory.CreateDirectory(Run);
        await File.WriteAllTextAsync(Path.Combine(Run, "began"), "");

        var look = await ShellAsync(new ProvisionCommand("run", _root.FullName).Look());

        Assert.That(look.Output, Is.EqualTo("rebooted\n"));
    }

    [Test]
    public async Task Start_AScriptAsksForAReboot_GoesOnWithItAfterwards()
    {
        string[] scripts = [$"echo one >> {Made}\n", $"echo two >> {Made}\n[ -e {Made}.before ] || {{ touch {Made}.before; exit 194; }}\n", $"echo three >> {Made}\n"];
        var before = await DeliverAsync(scripts);
        Reboot();
        var after = await DeliverAsync(scripts);

        Assert.That((before.Code, before.Output), Is.EqualTo((194, "")));
        Assert.That(after.Code, Is.Zero, after.Output);
        Assert.That(await File.ReadAllTextAsync(Made), Is.EqualTo("one\ntwo\ntwo\nthree\n"));
    }

    private static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>What a reboot changes that the command sees.</summary>
    private void Reboot() => File.Move(Path.Combine(Run, $"owner-{BootId()}"), Path.Combine(Run, "owner-before"));

    private Task<(int Code, string Output)> DeliverAsync(params string[] scripts) => DeliverAsync(scripts, reboots: true);

    private Task<(int Code, string Output)> DeliverAsync(string[] scripts, bool reboots)
    {
        var input = new BakeInput(
            new NodeGroup { Name = GroupName.Parse("www"), Attributes = [] },
            [.. scripts.Select((text, number) => new PayloadFile($"{number}.sh", Encoding.UTF8.GetBytes(text)))],
            []);
        return ShellAsync(new ProvisionCommand("run", _root.FullName, reboots).Start(ProvisionCommand.Inline(Payload.Pack(input))));
    }

    private async Task<(int Code, string Output)> ShellAsync(IEnumerable<string> lines)
    {
        var script = Path.Combine(_root.FullName, $"{Guid.NewGuid():N}.sh");
        await File.WriteAllTextAsync(script, string.Join('\n', lines) + "\n");
        using var process = Process.Start(new ProcessStartInfo("sh", [script]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, output);
    }
}
