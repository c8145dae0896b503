using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Compiling;

public sealed class PackerTemplateTests
{
    private static string EveryAttribute => TestProject.Repository("examples/every-attribute/nodes.json");

    [Test]
    public async Task PackerCreate_EveryAttribute_PassesPackersOwnValidation()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.json.sbn", "{'variables': {'colour': {{ json colour }}, }, 'builders': [{'type': 'file', 'content': {{ json attributes.tags.team }}, 'target': '{{ packer 'isotime' }}'}]}");
        var run = await project.RunAsync("packer:create");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(project.Files("packer"), Has.Length.EqualTo(6));
        foreach (var file in project.Files("packer"))
        {
            Assert.That(await PackerPeer.ValidateAsync(project, "packer/" + file), Is.Empty, file + "\n" + project.Read("packer/" + file));
        }
    }

    [Test]
    public async Task PackerCreate_Sample_PassesPackersOwnValidation()
    {
        using var project = Project(TestProject.Repository("nodes.json"));
        await project.RunAsync("packer:create");
        Assert.That(await PackerPeer.ValidateAsync(project, "packer/12_04-bee.json") + await PackerPeer.ValidateAsync(project, "packer/12_04-www.json"), Is.Empty);
    }

    [TestCase("by-id")]
    [TestCase("by-filter")]
    [TestCase("by-parameter")]
    [TestCase("no-communicator")]
    public async Task PackerCreate_EveryAttribute_MatchesGolden(string group)
    {
        using var project = Project(EveryAttribute);
        await project.RunAsync("packer:create", group);
        Golden.Check(project.Read($"packer/{group}.json"), $"tests/Baker.Cli.Tests/Golden/packer-{group}.json");
    }

    [Test]
    public async Task PackerCreate_SecretsInTheEnvironment_StayOut()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.json.sbn", "{ }");
        project.Write("secrets/data-bags", "of-the-data-bags");
        string[] variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DATABASE_PASSWORD"];
        foreach (var name in variables)
        {
            project.Environment[name] = "of-" + name;
        }

        var run = await project.RunAsync("packer:create");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        foreach (var file in project.Files("packer"))
        {
            var text = project.Read("packer/" + file);
            Assert.That(variables.Select(name => "of-" + name).Append("of-the-data-bags").Where(each => text.Contains(each, StringComparison.Ordinal)), Is.Empty, file);
            var keys = JObject.Parse(text).Descendants().OfType<JProperty>().Select(property => property.Name);
            Assert.That(keys, Is.All.Not.AnyOf("access_key", "secret_key", "token"), file);
        }
    }

    [Test]
    public async Task PackerCreate_SecondRun_WritesNothing()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.json.sbn", "{ }");
        await project.RunAsync("packer:create");
        Assert.That((await project.RunAsync("packer:create")).Out, Is.EqualTo("0 created, 0 changed, 6 unchanged, 0 orphaned\n"));
        Assert.That((await project.RunAsync("packer:create", "--check")).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public async Task PackerCreate_TemplateMistake_NamesThePlaceAndWritesNothing()
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\", \"template\": \"templates/own.json.sbn\"}}");
        project.Write("templates/own.json.sbn", "{\n  \"a\": {{ json nmae }}\n}");
        var run = await project.RunAsync("packer:create");
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(run.Error, Is.EqualTo("package: templates/own.json.sbn:2:16: There is no \"nmae\". (for web)\n  Did you mean \"name\"?\n"));
            Assert.That(project.Files("packer"), Is.Empty);
        });
    }

    [Test]
    public async Task PackerCreate_NamedTemplateMissing_SaysWhichIsMissing()
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\", \"template\": \"templates/own.json.sbn\"}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("There is no template templates/own.json.sbn"));
        Assert.That((await project.RunAsync("packer:create", "--format", "hcl2")).Error, Does.Contain("There is no template templates/own.pkr.hcl.sbn"));
    }

    [Test]
    public async Task PackerCreate_NoTemplateInTheProject_UsesBakersOwn()
    {
        using var project = Project(EveryAttribute);
        await project.RunAsync("packer:create", "by-id");
        var embedded = project.Read("packer/by-id.json");
        project.Write("templates/packer.json.sbn", TestProject.Repository("templates/packer.json.sbn"));
        Assert.That((await project.RunAsync("packer:create", "by-id", "--check")).Code, Is.EqualTo(ExitCode.Done));
        project.Write("templates/packer.json.sbn", "{\"own\": {{ json name }}}");
        await project.RunAsync("packer:create", "by-id");
        Assert.That(project.Read("packer/by-id.json"), Is.EqualTo("{\n    \"own\": \"by-id\"\n}\n").And.Not.EqualTo(embedded));
    }

    [Test]
    public async Task PackerCreate_UnknownFormat_NamesBoth()
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        Assert.That((await project.RunAsync("packer:create", "--format", "yaml")).Error, Does.Contain("--format takes json or hcl2, not 'yaml'"));
    }

    [Test]
    public async Task PackerCreate_NoSourceImage_SaysSo()
    {
        using var project = Project("{\"web\": {}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("web names no image to start from"));
    }

    [Test]
    public async Task PackerCreate_NoInstanceType_SaysSoAsTheBakeDoes()
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\"}}");
        var created = await project.RunAsync("packer:create");
        var baked = await project.RunAsync("packer:run", "web", "--cloud", "local");
        Assert.Multiple(() =>
        {
            Assert.That((created.Code, created.Error), Is.EqualTo((ExitCode.BadInput, "package: web names no instance_type.\n  Add instance_type to it or to __base__.\n")));
            Assert.That(baked.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(baked.Out, Does.Contain("web failed: web names no instance_type.\n"));
        });
    }

    [Test]
    public async Task PackerCreate_TemplateIsNotUtf8_SaysWhere()
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        Directory.CreateDirectory(project.PathOf("templates"));
        await File.WriteAllBytesAsync(project.PathOf("templates/packer.json.sbn"), [.. "{\n\"é\": \""u8, 0xE9, .. "\"}"u8]);
        var run = await project.RunAsync("packer:create");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.BadInput, "package: templates/packer.json.sbn:2:7: This is not UTF-8.\n  Save the template as UTF-8.\n")));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "links want rights there")]
    public async Task PackerCreate_TemplateIsALinkToNothing_SaysSo()
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}}");
        Directory.CreateDirectory(project.PathOf("templates"));
        File.CreateSymbolicLink(project.PathOf("templates/packer.json.sbn"), "../shared/packer.json.sbn");
        var run = await project.RunAsync("packer:create");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("templates/packer.json.sbn is a link to ").And.Contain("does not exist"));
    }

    [TestCase("templates/packer.json.sbn", "packer:create", "The template templates/packer.json.sbn cannot be read")]
    [TestCase("scripts/a.sh", "packer:run web --cloud local --no-exec", "scripts/a.sh")]
    [Platform(Exclude = "Win", Reason = "there is no such device")]
    public async Task Command_FileHasNoEnd_SaysSo(string file, string command, string words)
    {
        using var project = Project("{\"web\": {\"source_ami\": \"ami-1ebb2077\", \"instance_type\": \"t3.micro\", \"provision\": [\"scripts/a.sh\"]}}");
        Directory.CreateDirectory(project.PathOf("templates"));
        File.Delete(project.PathOf(file));
        File.CreateSymbolicLink(project.PathOf(file), "/dev/zero");

        var run = await project.RunAsync(command.Split(' '));

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain(words).And.Contain("has more than 256 MiB, or no end"));
    }

    private static TestProject Project(string manifest)
    {
        var project = new TestProject(manifest);
        foreach (var script in new[] { "a", "b", "base", "worker", "www", "boot" })
        {
            project.Write($"scripts/{script}.sh", "#!/bin/sh\n");
        }

        return project;
    }
}
