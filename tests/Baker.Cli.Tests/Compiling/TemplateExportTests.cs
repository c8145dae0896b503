using Baker.Core;

namespace Baker.Cli.Tests.Compiling;

internal sealed class TemplateExportTests
{
    private const string Manifest = "{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}";

    [Test]
    public async Task Export_NothingThere_WritesBothAsTheyAreInTheRepository()
    {
        using var project = new TestProject(Manifest);
        var run = await project.RunAsync("template:export");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(project.Files("templates"), Is.EqualTo(new[] { "packer.json.sbn", "packer.pkr.hcl.sbn" }));
        foreach (var file in project.Files("templates"))
        {
            Assert.That(project.Read("templates/" + file), Is.EqualTo(TestProject.Repository("templates/" + file)));
        }

        Assert.That((await project.RunAsync("template:export")).Out, Is.EqualTo("0 created, 0 changed, 2 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task Export_DryRun_WritesNothingAndExitsTwo()
    {
        using var project = new TestProject(Manifest);
        var run = await project.RunAsync("template:export", "--dry-run", "--format", "json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(run.Out, Does.StartWith("would create templates/packer.json.sbn\n1 created"));
        Assert.That(project.Files("templates"), Is.Empty);
    }

    [Test]
    public async Task Export_EditedTemplate_IsKeptUnlessForced()
    {
        using var project = new TestProject("{\"__settings__\": {\"templates_folder\": \"mine\"}, \"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        project.Write("mine/packer.pkr.hcl.sbn", "edited");
        var refused = await project.RunAsync("template:export");
        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(refused.Error, Does.Contain("mine/packer.pkr.hcl.sbn exists and differs").And.Contain("--force"));
        Assert.That(project.Files("mine"), Is.EqualTo(new[] { "packer.pkr.hcl.sbn" }));
        Assert.That((await project.RunAsync("template:export", "--force")).Out, Does.StartWith("created mine/packer.json.sbn\nchanged mine/packer.pkr.hcl.sbn\n"));
        Assert.That(project.Read("mine/packer.pkr.hcl.sbn"), Is.EqualTo(TestProject.Repository("templates/packer.pkr.hcl.sbn")));
    }
}
