using System.Diagnostics;
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
        Assert.That(project.Files("packer"), Has.Length.EqualTo(5));
        foreach (var file in project.Files("packer"))
        {
            Assert.That(Validate(project, "packer/" + file), Is.Empty, file + "\n" + project.Read("packer/" + file));
        }
    }

    [Test]
    public async Task PackerCreate_Sample_PassesPackersOwnValidation()
    {
        using var project = Project(TestProject.Repository("nodes.json"));
        await project.RunAsync("packer:create");
        Assert.That(Validate(project, "packer/12_04-bee.json") + Validate(project, "packer/12_04-www.json"), Is.Empty);
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
        using var project = Project(TestProject.Repository("nodes.json"));
        await project.RunAsync("packer:create");
        var keys = JObject.Parse(project.Read("packer/12_04-bee.json")).Descendants().OfType<JProperty>().Select(property => property.Name);
        Assert.That(keys, Has.None.Matches<string>(key => key!.Contains("secret", StringComparison.Ordinal) || key.Contains("access_key", StringComparison.Ordinal) || key == "token"));
    }

    [Test]
    public async Task PackerCreate_SecondRun_WritesNothing()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.json.sbn", "{ }");
        await project.RunAsync("packer:create");
        Assert.That((await project.RunAsync("packer:create")).Out, Is.EqualTo("0 created, 0 changed, 5 unchanged, 0 orphaned\n"));
        Assert.That((await project.RunAsync("packer:create", "--check")).Code, Is.EqualTo(ExitCode.Done));
    }

    [TestCase("{{#if name}}", "cannot be read")]
    [TestCase("{{#if name}}{{/each}}", "cannot be read")]
    [TestCase("{\"a\": {{json nmae}} }", "nmae")]
    [TestCase("{\"a\": \"{{nmae}}\"}", "nmae")]
    [TestCase("{\"a\": {{json}} }", "json")]
    [TestCase("{\"a\": {{jsno name}} }", "jsno")]
    [TestCase("{\"a\": {{join name \",\"}} }", "takes a list")]
    [TestCase("{\"a\": {{name}} }", "is not JSON")]
    [TestCase("[]", "not a JSON object")]
    [TestCase("", "not JSON")]
    public async Task PackerCreate_TemplateMistake_NamesTemplateAndReason(string template, string reason)
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\", \"template\": \"templates/own.json.sbn\"}}");
        project.Write("templates/own.json.sbn", template);
        var run = await project.RunAsync("packer:create");
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(run.Error, Does.Contain("templates/own.json.sbn").And.Contain(reason).And.Not.Contain("   at "));
            Assert.That(project.Files("packer"), Is.Empty);
        });
    }

    [Test]
    public async Task PackerCreate_NoTemplate_SaysWhichIsMissing()
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\"}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("There is no template templates/packer.json.hbs"));
    }

    [Test]
    public async Task PackerCreate_NoSourceImage_SaysSo()
    {
        using var project = Project("{\"web\": {}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("web names no image to start from"));
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

    // Success prints nothing.
    private static string Validate(TestProject project, string template)
    {
        Peers.Require("packer");
        var start = new ProcessStartInfo("packer", ["validate", template]) { WorkingDirectory = project.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["HOME"] = project.Folder;
        using var packer = Process.Start(start)!;
        var said = packer.StandardOutput.ReadToEndAsync();
        var error = packer.StandardError.ReadToEnd();
        packer.WaitForExit();
        return said.Result.Trim() + error.Trim() + (packer.ExitCode == 0 ? "" : $" (exit code {packer.ExitCode})");
    }
}
