using System.Diagnostics;
using System.Text.RegularExpressions;
using Baker.Cli.Tests.Environments;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Fleets;

/// <summary>The README's walk through a fleet's life, typed as it stands there into a copy of the repository's project.</summary>
[Platform("Linux")]
public sealed partial class WalkThroughTests
{
    [SetUp]
    public async Task NeedPeersAsync()
    {
        Peers.Require("aws");
        Peers.Require("curl");
        await Sandboxes.RequireAsync();
    }

    [Test]
    public async Task Readme_FleetFromNothingToARollback_AnswersAsItSays()
    {
        var lines = Block(TestProject.Repository("README.md"), "## A fleet, from nothing to a rollback");
        var expected = lines.Select(line => Promise().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToArray();
        Assert.That(expected, Is.EqualTo(new[] { "www: version 1", "www: version 2", "www: version 1" }), "the README's own promises");
        using var project = FleetProject.CopyOfRepository();
        PackageProgram.ForProcesses.PlaceIn(project);

        var (code, output, error) = await TypeAsync(project, lines);

        Assert.That(code, Is.Zero, output + error);
        Assert.That(Answer().Matches(output).Select(match => match.Value), Is.EqualTo(expected), output + error);
    }

    [Test]
    public async Task Releases_WalkThroughAllOfIt_AnswersAsItSays()
    {
        var lines = Block(TestProject.Repository("docs/releases.md"), "## A walk through all of it");
        var expected = lines.Select(line => Shown().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToArray();
        Assert.That(expected, Has.Length.EqualTo(6), "the document's own promises");
        using var project = FleetProject.CopyOfRepository();
        PackageProgram.ForProcesses.PlaceIn(project);

        var (code, output, error) = await TypeAsync(project, lines);

        Assert.That(code, Is.Zero, output + error);
        Assert.That(Told().Matches(output).Select(match => match.Value), Is.EqualTo(expected), output + error);
        Assert.That(output, Does.Contain("12_04-www: 12_04-www-v001 is current, and serves ami-").And.Match(@"instance:terminate +done .*12_04-www"));
        Assert.That(error, Does.Contain("which comes again now"));
    }

    [Test]
    public async Task Readme_TheLocalCloud_IsReachedAsItSays()
    {
        var lines = Block(TestProject.Repository("README.md"), "## The local cloud");
        using var project = FleetProject.CopyOfRepository();
        PackageProgram.ForProcesses.PlaceIn(project);

        var (code, output, error) = await TypeAsync(project, lines);

        Assert.That(code, Is.Zero, output + error);
        Assert.That(output, Does.Contain("Images"), error);
    }

    [Test]
    public async Task Readme_AnEnvironment_IsMadeGrowsTellsAndGoesAsItSays()
    {
        var lines = Block(TestProject.Repository("README.md"), "## An environment, in one command");
        lines.Remove("kill %1");
        using var project = ShopProject.Copy(8081, Ports.Next(), "examples/shop");
        PackageProgram.ForProcesses.PlaceIn(project);

        var (code, output, error) = await TypeAsync(project, lines, bare: true, "examples/shop");

        Assert.That(code, Is.Zero, output + error);
        Assert.That(output, Does.Contain("shop: www\nshop: api, orders in orders.internal:5432\n"));
        Assert.That(output, Does.Contain("Subject: ALARM: \"baker:staging/www-v001/busy\" in ").And.EndWith("staging is as the manifest has it.\nstaging is deleted.\n"));
    }

    /// <summary>All that the tutorial has to type, in an empty folder and an empty home.</summary>
    [Test]
    public async Task Tutorial_FromAnEmptyFolder_AnswersAsItSays()
    {
        List<string> lines = [.. TestProject.Repository("docs/tutorial.md").Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())];
        var expected = lines.Select(line => Page().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToArray();
        Assert.That(expected, Is.EqualTo(new[] { "web: version 1", "web: version 2", "web: version 1" }), "the tutorial's own promises");
        using var project = new TestProject("{}");
        File.Delete(project.PathOf("nodes.json"));
        PackageProgram.ForProcesses.PlaceIn(project);
        lines[lines.IndexOf("kill %1")] = "kill $server; wait $server || true; trap - EXIT"; // a script has no jobs by number

        var (code, output, error) = await TypeAsync(project, lines, bare: true, "site");

        Assert.That(code, Is.Zero, output + error);
        Assert.That(Shows().Matches(output).Select(match => match.Value), Is.EqualTo(expected), output + error);
        Assert.That(output, Does.Contain("created nodes.json\n").And.Match("web +up to date"));
        Assert.That(error, Does.Contain("Removed the local cloud"));
    }

    /// <summary>The indented lines below a heading, up to the next text.</summary>
    private static List<string> Block(string text, string heading) =>
        [.. text.Split(heading + "\n")[1].Split('\n').SkipWhile(line => !line.StartsWith("    ", StringComparison.Ordinal)).TakeWhile(line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())];

    /// <param name="bare">Whether the shell has nothing of this environment but where programs are: an empty home, and nothing of AWS's.</param>
    /// <param name="under">The folder of the manifest.</param>
    private static async Task<ProcessRun> TypeAsync(TestProject project, List<string> lines, bool bare = false, string under = "")
    {
        // Ports that are free here.
        var (cloud, site) = (Ports.Next(), Ports.Next());
        var script = Ports.Moved(string.Join('\n', lines), (4566, cloud), (8081, site))
            .Replace($"package local:serve --port {cloud} &", $"package local:serve --port {cloud} & server=$!\ntrap 'kill $server; wait $server' EXIT", StringComparison.Ordinal);
        project.Write("walk.sh", $"set -eu\n{script}\n");
        var manifest = Path.Combine(under, "nodes.json");
        if (File.Exists(project.PathOf(manifest)))
        {
            project.Write(manifest, Ports.Moved(project.Read(manifest), (8081, site)));
        }

        var start = new ProcessStartInfo("bash", "walk.sh") { WorkingDirectory = project.Folder };
        if (bare)
        {
            start.Environment.Clear();
            start.Environment["PATH"] = $"{project.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
            start.Environment["HOME"] = Directory.CreateDirectory(project.PathOf("home")).FullName;
        }

        try
        {
            return await ProcessRun.RunAsync(start, limit: TimeSpan.FromMinutes(15));
        }
        finally
        {
            await LocalCloud.LocalCloud.ResetAsync(new() { StateFolder = project.PathOf(Path.Combine(under, ".package")) }, CancellationToken.None);
        }
    }

    [GeneratedRegex("^(?:curl |.*[|][|] echo ).*# ((?:www: |<h1>|frozen: ).*)$")]
    private static partial Regex Shown();

    [GeneratedRegex("^(?:www: version [0-9]|<h1>.*|frozen: .*)$", RegexOptions.Multiline)]
    private static partial Regex Told();

    [GeneratedRegex("^curl .*# (www: version [0-9])$")]
    private static partial Regex Promise();

    [GeneratedRegex("^page .*# (web: version [0-9])$")]
    private static partial Regex Page();

    [GeneratedRegex("^web: version [0-9]$", RegexOptions.Multiline)]
    private static partial Regex Shows();

    [GeneratedRegex("^www: version [0-9]$", RegexOptions.Multiline)]
    private static partial Regex Answer();
}
