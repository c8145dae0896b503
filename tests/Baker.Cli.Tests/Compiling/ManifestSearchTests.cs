using System.Runtime.Versioning;
using Baker.Cli.Sessions;
using Baker.Core;

namespace Baker.Cli.Tests.Compiling;

/// <summary>The manifest is found from the folders below it.</summary>
public sealed class ManifestSearchTests
{
    private const string Manifest = """{"web": {"run_list": ["recipe[a]"]}}""";

    [Test]
    public async Task RoleCreate_TwoFoldersBelow_WritesBesideTheManifest()
    {
        using var project = new TestProject(Manifest);
        var run = await RunAsync(project, "scripts/deep", "role:create");
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(project.Files("roles"), Is.EqualTo(new[] { "web.json" }));
            Assert.That(project.Files("scripts"), Is.Empty);
        });
    }

    [Test]
    public async Task NodeList_BelowABrokenManifest_NamesItFromThere()
    {
        using var project = new TestProject("""{"web": {"run_list": 1}}""");
        var run = await RunAsync(project, "scripts", "node:list");
        Assert.That(run.Error, Does.Contain(Path.Combine("..", "nodes.json") + ":1:22: error BK008"));
    }

    [Test]
    public async Task NodeList_TwoManifestsAbove_TakesTheNearest()
    {
        using var project = new TestProject(Manifest);
        project.Write("inner/nodes.json", """{"inner": {}}""");
        Assert.That((await RunAsync(project, "inner/scripts", "node:list")).Out, Does.Contain("inner").And.Not.Contain("web"));
    }

    [Test]
    public async Task NodeList_ManifestAboveTheHome_IsNotFound()
    {
        using var project = new TestProject(Manifest);
        project.Environment["HOME"] = project.PathOf("home");
        var run = await RunAsync(project, "home/work", "node:list");
        Assert.That((run.Code, run.Error), Is.EqualTo((
            ExitCode.BadInput,
            $"package: There is no manifest nodes.json in {project.PathOf("home/work")} or above it.\n"
            + "  Go to the project's folder, name the manifest with --manifest PATH, or begin a project here with package init.\n")));
    }

    [Test]
    public async Task NodeList_ManifestInTheHome_IsFound()
    {
        using var project = new TestProject(Manifest);
        project.Environment["HOME"] = project.Folder;
        Assert.That((await RunAsync(project, "work", "node:list")).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public async Task NodeList_ManifestWhereEverybodyMayWrite_IsNotFound()
    {
        using var project = new TestProject(Manifest);
        File.SetUnixFileMode(project.Folder, File.GetUnixFileMode(project.Folder) | UnixFileMode.OtherWrite);
        Assert.That((await RunAsync(project, "work", "node:list")).Code, Is.EqualTo(ExitCode.BadInput));
    }

    [Test]
    public async Task NodeList_ManifestNamed_IsRelativeToWhereTheUserStands()
    {
        using var project = new TestProject(Manifest);
        project.Write("work/other.json", """{"other": {}}""");
        Assert.Multiple(async () =>
        {
            Assert.That((await RunAsync(project, "work", "node:list", "--manifest", "other.json")).Out, Does.Contain("other"));
            Assert.That((await RunAsync(project, "work", "node:list", "--manifest", "nodes.json")).Code, Is.EqualTo(ExitCode.BadInput));
        });
    }

    private static async Task<ProgramRun> RunAsync(TestProject project, string below, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var folder = Directory.CreateDirectory(project.PathOf(below)).FullName;
        var session = new Session(
            new Terminal { Out = output, Error = error }, folder, new(() => project.Environment), TimeProvider.System, CancellationToken.None);
        var code = await Program.RunAsync(session, arguments);
        return new ProgramRun(code, output.ToString(), error.ToString());
    }
}
