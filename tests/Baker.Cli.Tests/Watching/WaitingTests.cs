using Baker.Cli.Tests.Completing;
using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Watching;

/// <summary>What a person sees who waits: the calls, the log, a change as it goes, and an answer to Ctrl-C.</summary>
internal sealed class WaitingTests
{
    private TestProject _project = null!;

    [SetUp]
    public void Begin() => _project = TestProject.OnAQuickCloud("""
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
          "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 600}}
        }
        """);

    [TearDown]
    public void End() => _project.Dispose();

    [Test]
    public async Task Verbose_PrintsEachCallWithItsCodeAndId()
    {
        var run = await _project.RunAsync("autoscale:status", "--verbose");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Match(@"(?m)^aws autoscaling DescribeAutoScalingGroups us-east-1: 200, \d+ ms, request [0-9a-f-]{36}$"));
        Assert.That(run.Error, Does.Match(@"(?m)^aws ssm \w+ us-east-1: \d+.*, \d+ ms, request [0-9a-f-]{36}$"));
    }

    [Test]
    public async Task Log_HasTheCallsAndWhatIsPrinted_AndIsForItsOwnerAlone()
    {
        _project.Write("run.log", "2026-11-28 10:00:00.000Z  of before, and open to all\n");

        var run = await _project.RunAsync("autoscale:status", "--log", "run.log");

        Assert.That(run.Error, Does.Not.Contain("DescribeAutoScalingGroups"));
        var log = _project.Read("run.log");
        Assert.That(log, Does.StartWith("2026-11-28 10:00:00.000Z  of before"));
        Assert.That(log, Does.Match(@"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  aws autoscaling DescribeAutoScalingGroups us-east-1: 200"));
        foreach (var line in (run.Out + run.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.That(log, Does.Contain($"Z  {line}\n"));
        }

        Assert.That(OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(_project.PathOf("run.log")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase("no/such/folder.log", "is in a folder that is not there")]
    [TestCase(".", "is a folder")]
    [TestCase("", "is a folder")]
    [TestCase("nodes.json", "there is such a file, and it is no log of this program")]
    [TestCase("link.log", "there is such a file, and it is no log of this program")]
    [TestCase("short.txt", "there is such a file, and it is no log of this program")]
    public async Task Log_ThatCannotBeWritten_IsSaidBeforeAnythingIsDone(string name, string said)
    {
        _project.Write("short.txt", "2");
        File.CreateSymbolicLink(_project.PathOf("link.log"), "nodes.json");
        var manifest = _project.Read("nodes.json");

        var run = await _project.RunAsync("autoscale:status", "--log", name);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.StartWith("package: --log ").And.Contain(said));
        Assert.That((_project.Read("nodes.json"), _project.Read("short.txt")), Is.EqualTo((manifest, "2")));
    }

    [Test]
    public async Task Log_WhoseDiskIsFull_IsSaidAndTheCommandGoesOn()
    {
        if (!File.Exists("/dev/full"))
        {
            Assert.Ignore("There is no /dev/full here.");
        }

        var run = await _project.RunAsync("autoscale:status", "--log", "/dev/full");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error.Split("The log is not written any more").Length, Is.EqualTo(2), run.Error);
    }

    [Test]
    public async Task Failure_IsInTheLogToo()
    {
        await _project.RunAsync("autoscale:update", "nobody", "--log", "run.log");

        Assert.That(_project.Read("run.log"), Does.Contain("Z  package: "));
    }

    [Test]
    public async Task Change_NamesItsLog_WhichSaysHowItEnded()
    {
        await DoAsync("packer:run");
        var run = await DoAsync("autoscale:run", "www");

        Assert.That(run.Error, Does.Contain("\nlog: .package/logs/www.autoscale-run.log\n"));
        Assert.That(_project.Read(".package/logs/www.autoscale-run.log"), Does.Contain("wait until every instance").And.Match("\n# 20[^ ]+ [^ ]+Z The change is done\n$"));
    }

    [Test]
    public async Task Interrupt_IsAnsweredAtOnceWithWhatHappensNow()
    {
        await FleetWithAnImageMoreAsync();
        using var process = new PackageProcess(_project, ["autoscale:update", "www", "--soak", "1h"]);
        await process.UntilSaysAsync("let both groups serve");
        process.Signal(2);
        await process.UntilSaysAsync("Stopping in step");
        var run = await process.EndAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Error);
        Assert.That(run.Error, Does.Match(
            @"\nStopping in step \d+ of \d+: \d+ steps are done and stay; the same command goes on from there, autoscale:rollback www takes it back\. Ctrl-C again ends at once\.\n"));
    }

    [TestCase(80)]
    [TestCase(44)]
    public async Task Terminal_ShowsTheStepItsClockAndItsCountdown(int width)
    {
        await FleetWithAnImageMoreAsync();
        await using var terminal = new TmuxTerminal(_project);
        await terminal.BeginAsync(width, 24, [.. Shell(), "sh"]);
        await terminal.TypeAsync($"{PackageProgram.ForProcesses.Shell} autoscale:update www --soak 1h; echo ended-$?");
        await terminal.PressAsync("Enter");
        await terminal.UntilShowsAsync(shown => shown.Contains("both serve for another", StringComparison.Ordinal), "the countdown");
        var shown = await terminal.UntilShowsAsync(shown => shown.Contains("2 of 2 healthy", StringComparison.Ordinal), "the nodes");

        Assert.That(shown, Does.Match(@"www: step \d+ of \d+,\s"));
        Assert.That(shown, Does.Contain("of about 60 min 0 s"));
        await terminal.PressAsync("C-c");
        shown = await terminal.UntilShowsAsync(shown => shown.Contains("ended-130", StringComparison.Ordinal), "its end");
        Assert.That(shown.ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal), Does.Contain("Stoppinginstep").And.Contain("autoscale:rollbackwww"));
        Assert.That(shown, Does.Not.Contain("both serve for another"), "the rows are gone");
    }

    [Test]
    public async Task Watch_InATerminal_RedrawsUntilCtrlC()
    {
        await using var terminal = new TmuxTerminal(_project);
        await terminal.BeginAsync(80, 24, [.. Shell(), "sh"]);
        await terminal.TypeAsync($"{PackageProgram.ForProcesses.Shell} autoscale:status --watch; echo ended-$?");
        await terminal.PressAsync("Enter");
        var first = Head(await terminal.UntilShowsAsync(shown => Head(shown) is not null, "the first look"));
        var later = await terminal.UntilShowsAsync(shown => Head(shown) is { } head && head != first, "another look");

        Assert.That(later.Split('\n').Count(line => line.Contains("Ctrl-C ends", StringComparison.Ordinal)), Is.EqualTo(1));
        await terminal.PressAsync("C-c");
        await terminal.UntilShowsAsync(shown => shown.Contains("ended-0", StringComparison.Ordinal), "its end");
    }

    private static string? Head(string shown) => shown.Split('\n').FirstOrDefault(line => line.Contains("Ctrl-C ends)", StringComparison.Ordinal));

    private IEnumerable<string> Shell() =>
    [
        "env", "-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", $"HOME={_project.Folder}", "TERM=xterm", "LC_ALL=C.UTF-8", "NO_COLOR=1",
        "AWS_EC2_METADATA_DISABLED=true", "PS1=% ", .. _project.Environment.Select(each => $"{each.Key}={each.Value}"),
        .. Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root ? new[] { $"DOTNET_ROOT={root}" } : [],
    ];

    private async Task FleetWithAnImageMoreAsync()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run", "www");
        _project.Write("a.sh", "true again\n");
        await DoAsync("packer:run");
    }

    private async Task<ProgramRun> DoAsync(params string[] arguments)
    {
        var run = await _project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }
}
