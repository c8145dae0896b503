using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Baker.Cli.Tests.Examples;

/// <summary>The example systems, each brought up with one command and followed through its README on this machine.</summary>
[Platform("Linux")]
public sealed class ExampleTests
{
    private static readonly string s_folder = Path.Combine(TestProject.RepositoryFolder, "examples");

    [Test]
    public async Task Gekko_FollowedAsItsReadmeSays_LosesNothing()
    {
        await Sandboxes.RequireAsync();
        await using var walk = new ExampleWalk("gekko");
        await walk.WalkAsync();
        Assert.That(walk.Answered, Is.Positive);
    }

    [Test]
    public async Task Seatgeek_FollowedAsItsReadmeSays_LosesNothing()
    {
        await Sandboxes.RequireAsync();
        await using var walk = new ExampleWalk("seatgeek");
        walk.MayLoseFor("An AWS zone goes away", TimeSpan.FromMinutes(1)); // two checks of 5 s, each of 4 s at most, on a machine that has more to do
        await walk.WalkAsync();
        Assert.That(walk.Answered, Is.Positive);
    }

    [TestCase("gekko")]
    [TestCase("opendebates")]
    [TestCase("seatgeek")]
    [TestCase("shop")]
    [TestCase("syncstorage")]
    [TestCase("trackmaven")]
    public async Task App_SentNumbersThatAreNoneHeadAndPost_AnswersInWordsAndDoesNothing(string name)
    {
        Peers.Require("python3");
        var checks = Path.Combine(TestProject.RepositoryFolder, "tests/Baker.Cli.Tests/Examples/apps.py");
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-B", checks, s_folder, name]));
        Assert.That(run.Code, Is.Zero, run.Out + run.Error);
    }

    [Test]
    public async Task Run_CloudThatDoesNotComeUpOnAFullDisk_SaysThatItIsFull()
    {
        using var project = new TestProject();
        project.Write("bin/package", "#!/bin/sh\necho 'nothing serves' >&2\nexit 3\n");
        var script = $"""
            mount -t tmpfs -o size=256k none . && cd "$PWD" && cp -r '{s_folder}/lib.sh' '{s_folder}/gekko' . && cd gekko && chmod 755 "$0" || exit 77
            head -c 1m /dev/zero > filling 2> /dev/null
            PATH="$(dirname "$0"):$PATH" exec ./run
            """;
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("unshare", ["--mount", "--map-root-user", "sh", "-c", script, project.PathOf("bin/package")])
        {
            WorkingDirectory = Directory.CreateDirectory(project.PathOf("disk")).FullName,
        });
        if (run.Code == 77)
        {
            Peers.Missing($"No file system can be mounted here: {run.Error}");
        }

        Assert.That(run.Code, Is.Not.Zero);
        Assert.That(run.Error, Does.Contain("is full: make room there").And.Contain("./run --down takes away"));
    }

    [Test]
    public void Coverage_TestsItNames_AreThere()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(TestProject.RepositoryFolder, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(
            file => Path.GetFileNameWithoutExtension(file),
            File.ReadAllText);
        var named = Regex.Matches(TestProject.Repository("docs/coverage.md"), "`(?:([A-Za-z]+Tests)\\.?)?([A-Z][A-Za-z]+_[A-Za-z_]*[a-z][A-Za-z_]*)?`")
            .Where(each => each.Groups.Values.Skip(1).Any(group => group.Length > 0))
            .Select(each => (Fixture: each.Groups[1].Value, Name: each.Groups[2].Value))
            .ToList();
        Assert.That(named, Is.Not.Empty);
        Assert.That(
            named.Where(each => !(each.Fixture.Length > 0 ? tests[each.Fixture] : tests.SelectMany(all => all)).Any(text => text.Contains($" {each.Name}(", StringComparison.Ordinal) || each.Name.Length == 0)),
            Is.Empty);
    }

    [Test]
    public async Task Scripts_OfTheExamples_AreCleanToShellcheck()
    {
        Peers.Require("shellcheck");
        string[] scripts =
        [
            .. Directory.EnumerateFiles(s_folder, "*.sh", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(s_folder, "run", SearchOption.AllDirectories),
        ];
        foreach (var folder in scripts.GroupBy(script => Path.GetDirectoryName(script)!))
        {
            // In the script's folder: a `run` sources ../lib.sh.
            var run = await ProcessRun.RunAsync(new ProcessStartInfo("shellcheck", ["-x", .. folder.Select(script => Path.GetFileName(script))]) { WorkingDirectory = folder.Key });
            Assert.That((run.Code, run.Out + run.Error), Is.EqualTo((0, "")));
        }
    }
}
