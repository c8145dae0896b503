using Baker.Core;

namespace Baker.Cli.Tests.Beginning;

/// <summary>From an empty folder to a manifest that bakes.</summary>
internal sealed class InitTests
{
    private static readonly string[] s_files =
        [".gitignore", "nodes.json", "nodes.schema.json", "web-boot.sh", "web.sh", "web.sh"];

    [Test]
    public async Task Init_EmptyFolder_BakesAndIsTestedAtOnce()
    {
        await Sandboxes.RequireAsync();
        using var project = new TestProject();

        var init = await project.RunAsync("init");
        project.Write("nodes.json", project.Read("nodes.json").Replace(
            "{\"cloud\": \"local\"}", "{\"cloud\": \"local\", \"local\": {\"delay_scale\": 0.1}}", StringComparison.Ordinal));
        var bake = await project.RunAsync("packer:run", "web");
        var images = await project.RunAsync("image:list");

        Assert.Multiple(() =>
        {
            Assert.That(init.Code, Is.EqualTo(ExitCode.Done), init.Error);
            Assert.That(init.Error, Is.Empty, "nothing is asked where nobody answers");
            Assert.That(bake.Code, Is.EqualTo(ExitCode.Done), bake.Error + bake.Out);
            Assert.That(images.Out, Does.Contain("web").And.Contain("verified"));
        });
    }

    [Test]
    public async Task Init_EmptyFolder_SaysWhatItMadeAndTheNextThreeCommands()
    {
        using var project = new TestProject();

        var run = await project.RunAsync("init", "--name", "api");

        Assert.That(run.Out, Is.EqualTo("""
            created nodes.json
            created scripts/api.sh
            created scripts/api-boot.sh
            created tests/api.sh
            created nodes.schema.json
            created .gitignore

            Next:
              package packer:run api           bakes its image on the local cloud, and tests it
              package node:show api --explain  shows the group, and where each value comes from
              package autoscale:run api        starts a fleet from the image

            """.ReplaceLineEndings("\n")));
        Assert.That(project.Read("nodes.schema.json"), Is.EqualTo(TestProject.Repository("docs/nodes.schema.json")));
        Assert.That((await project.RunAsync("role:create", "--strict")).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public async Task Init_AFileCannotBeWritten_LeavesNothingAndCanBeRunAgain()
    {
        using var project = new TestProject();
        project.Write("tests", "no folder\n");

        var failed = await project.RunAsync("init");
        var left = Directory.EnumerateFileSystemEntries(project.Folder).Select(Path.GetFileName).ToList();
        File.Delete(project.PathOf("tests"));
        var again = await project.RunAsync("init");

        Assert.That(failed.Code, Is.Not.EqualTo(ExitCode.Done));
        Assert.That(left, Is.EqualTo(new[] { "tests" }));
        Assert.That(again.Code, Is.EqualTo(ExitCode.Done), again.Error);
    }

    [Test]
    public async Task Init_OnATerminal_AsksForTheNameAndTheRegion()
    {
        using var project = new TestProject { Answer = "shop\neu-west-1\n" };

        var run = await project.RunAsync("init");

        Assert.That(run.Error, Is.EqualTo("The name of the first group [web]: The AWS region [us-east-1]: "));
        Assert.That(project.Read("nodes.json"), Does.Contain("\"shop\": {").And.Contain("\"region\": \"eu-west-1\""));
    }

    [Test]
    public async Task Init_OnATerminalWithoutAnswers_TakesWhatIsUsual()
    {
        using var project = new TestProject { Answer = "\n\n" };
        project.Environment["AWS_REGION"] = "eu-central-1";

        await project.RunAsync("init");

        Assert.That(project.Read("nodes.json"), Does.Contain("\"web\": {").And.Contain("\"region\": \"eu-central-1\""));
    }

    [TestCase("nodes.json")]
    [TestCase("nodes.schema.json")]
    [TestCase("scripts/web.sh")]
    [TestCase("tests/web.sh")]
    public async Task Init_AFileIsThere_WritesNothingAndNamesIt(string file)
    {
        using var project = new TestProject();
        project.Write(file, "mine");

        var run = await project.RunAsync("init");

        Assert.That((run.Code, run.Out), Is.EqualTo((ExitCode.BadInput, "")));
        Assert.That(run.Error, Does.Contain($"{file} is in {project.Folder} already; nothing was written."));
        Assert.That(Directory.GetFiles(project.Folder, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { project.PathOf(file) }));
        Assert.That(project.Read(file), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Init_AGitignoreIsThere_LeavesItAndSaysWhatBelongsInIt()
    {
        using var project = new TestProject();
        project.Write(".gitignore", "mine\n");

        var run = await project.RunAsync("init");

        Assert.That(run.Out, Does.Contain(".gitignore stays as it is; .package/, builds/, dna/ and packer/ belong in it"));
        Assert.That(project.Read(".gitignore"), Is.EqualTo("mine\n"));
        Assert.That(Directory.GetFiles(project.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(s_files));
    }

    [TestCase("../up", "us-east-1", "cannot be the name of a group")]
    [TestCase("web", "nowhere", "is no AWS region")]
    public async Task Init_AWrongValue_WritesNothing(string name, string region, string message)
    {
        using var project = new TestProject();

        var run = await project.RunAsync("init", "--name", name, "--region", region);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(Directory.GetFileSystemEntries(project.Folder), Is.Empty);
    }
}
