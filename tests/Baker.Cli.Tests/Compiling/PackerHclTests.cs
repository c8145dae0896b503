using Baker.Core;

namespace Baker.Cli.Tests.Compiling;

/// <summary><c>packer:create --format hcl2</c>.</summary>
internal sealed class PackerHclTests
{
    private const string Hostile = """
        {"web": {
            "source_ami": "ami-12345678", "instance_type": "t3.micro", "description": "${var.run} %{if true} \"q\" \\", "user_data": "#!/bin/sh\necho ${HOME} $${x} %%{y} é 🚀 \u0001\n",
            "tags": {"${a}": "%{b}", "quote\"d": "{{isotime}}"}, "run_list": ["recipe[a]"], "provision": ["scripts/a b's.sh"]
        }}
        """;

    [TestCase("by-id")]
    [TestCase("by-filter")]
    [TestCase("by-parameter")]
    [TestCase("no-communicator")]
    public async Task PackerCreate_Hcl2_MatchesGoldenAndPassesPackersOwnValidation(string group)
    {
        using var project = Project(TestProject.Repository("examples/every-attribute/nodes.json"));
        var run = await project.RunAsync("packer:create", group, "--format", "hcl2");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Golden.Check(project.Read($"packer/{group}.pkr.hcl"), $"tests/Baker.Cli.Tests/Golden/packer-{group}.pkr.hcl");
        Assert.That(await PackerPeer.ValidateWithoutPluginsAsync(project, $"packer/{group}.pkr.hcl"), Is.Empty);
    }

    [Test]
    public async Task PackerCreate_TextsThatHclWouldRead_PassPackersOwnValidation()
    {
        using var project = Project(Hostile);
        var run = await project.RunAsync("packer:create", "--format", "hcl2");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(await PackerPeer.ValidateWithoutPluginsAsync(project, "packer/web.pkr.hcl"), Is.Empty);
        Assert.That(project.Read("packer/web.pkr.hcl"), Does.Contain("$${HOME} $$${x} %%%{y}").And.Contain("\"$${a}\" = \"%%{b}\""));
    }

    [Test]
    public async Task PackerCreate_Hcl2_IsCheckedAndRewrittenAsJsonIs()
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        Assert.That((await project.RunAsync("packer:create", "--format", "hcl2", "--check")).Code, Is.EqualTo(ExitCode.Changes));
        Assert.That((await project.RunAsync("packer:create", "--format", "hcl2")).Out, Is.EqualTo("created packer/web.pkr.hcl\n1 created, 0 changed, 0 unchanged, 0 orphaned\n"));
        Assert.That((await project.RunAsync("packer:create", "--format", "hcl2", "--check")).Code, Is.EqualTo(ExitCode.Done));
        project.Write("nodes.json", "{\"web\": {\"source_ami\": \"ami-87654321\", \"instance_type\": \"t3.micro\"}}");
        Assert.That((await project.RunAsync("packer:create", "--format", "hcl2")).Out, Does.StartWith("changed packer/web.pkr.hcl\n"));
        Assert.That(project.Files("packer"), Is.EqualTo(new[] { "web.pkr.hcl" }));
    }

    [TestCase("json")]
    [TestCase("hcl2")]
    public async Task PackerCreate_GroupGone_TellsTheOrphansOfBothFormats(string format)
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}, \"old\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        await project.RunAsync("packer:create", "--format", "json");
        await project.RunAsync("packer:create", "--format", "hcl2");
        project.Write("packer/mine.pkr.hcl", "# mine\n");
        project.Write("nodes.json", "{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        var lines = (await project.RunAsync("packer:create", "--format", format)).Out.Split('\n');
        Assert.That(lines[..^2], Is.EquivalentTo(new[] { "orphaned packer/old.json", "orphaned packer/old.pkr.hcl" }));
    }

    private static TestProject Project(string manifest)
    {
        var project = new TestProject(manifest);
        foreach (var script in new[] { "a", "b", "a b's" })
        {
            project.Write($"scripts/{script}.sh", "#!/bin/sh\n");
        }

        return project;
    }
}
