using System.Diagnostics;

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
