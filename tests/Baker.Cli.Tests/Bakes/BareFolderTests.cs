using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A folder with a <c>nodes.json</c> and nothing else.</summary>
internal sealed class BareFolderTests
{
    /// <summary>The sample of the write-up that asked for this program, to the letter.</summary>
    private const string Sample = """
        {
          "__base__": {
            "autoscale": false,
            "type": "amazon-ebs",
            "region": "us-east-1",
            "instance_type": "m1.large",
            "source_ami": "ami-1ebb2077",
            "security_groups": ["external", "internal"],
            "default_attributes": {
              "environment": "production",
              "key": "value"
            },
            "run_list": [
              "recipe[seatgeek::base-server]",
              "recipe[seatgeek::collect-services]",
              "recipe[seatgeek::decommission-services]"
            ],
            "post_run_list": [
              "recipe[seatgeek::notify-services]",
              "recipe[sudo]"
            ]
          },
          "12_04-bee": {
            "description": '12_04-bee-ec2 instance, responsible for worker processes',
            "autoscale": {
              "timeout": 120,
              "node_min": 2,
              "node_max": 2
            },
            "instance_type": "m1.large",
            "security_groups": ["bee"],
            "default_attributes": {
              "other_key": "value"
            },
            "run_list": [
              "recipe[seatgeek-service::api-workers]",
              "recipe[seatgeek-service::cronq-workers]",
              "recipe[seatgeek-service::djjob]"
            ]
          },
          "12_04-www": {
            "description": "www-ec2 instance, responsible for the seatgeek frontend site",
            "instance_type": "m3.xlarge",
            "security_groups": ["www"],
            "run_list": [
              "recipe[seatgeek::customer-web]"
            ]
          }
        }
        """;

    [Test]
    public async Task Sample_AloneInAFolder_CompilesAndBakes() => await CompileAndBakeAsync(Sample, "12_04-bee", "12_04-www");

    [Test]
    public async Task Readme_ManifestAloneInAFolder_CompilesAndBakes()
    {
        var lines = TestProject.Repository("README.md").Split('\n').SkipWhile(line => line != "    {").TakeWhile(line => line.Length > 0);
        await CompileAndBakeAsync(string.Join('\n', lines), "bee");
    }

    [Test]
    public async Task Run_TemplateBrokenMissingOrEdited_BakesAndStaysUpToDateAllTheSame()
    {
        using var stage = new BakeStage("\"www\": {\"template\": \"templates/none.json.sbn\"}, \"bee\": {}");
        var project = stage.Project;
        project.Write("templates/packer.json.sbn", "{{ if");
        var first = await project.RunAsync("packer:run", "--no-exec");
        project.Write("templates/packer.json.sbn", "{{ another");
        project.Write("nodes.json", BakeStage.ManifestOf("\"www\": {\"template\": \"templates/other.json.sbn\"}, \"bee\": {}"));
        var again = await project.RunAsync("packer:run", "--no-exec");
        var list = await project.RunAsync("image:list", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error);
            Assert.That(again.Out, Does.Contain("up to date").And.Not.Contain("baked"), again.Error);
            Assert.That(JArray.Parse(list.Out).Select(image => (string?)image["content"]), Is.All.EqualTo("current"));
        });
    }

    [Test]
    public async Task EnginePacker_TemplateMissing_FailsAndNamesIt()
    {
        using var stage = new BakeStage("\"www\": {\"template\": \"templates/none.json.sbn\"}");
        var run = await stage.Project.RunAsync("packer:run", "--engine", "packer");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Out);
        Assert.That(run.Out + run.Error, Does.Contain("There is no template templates/none.json.sbn"));
    }

    private static async Task CompileAndBakeAsync(string manifest, params string[] groups)
    {
        using var project = new TestProject(manifest);
        foreach (var command in new[] { new[] { "role:create" }, ["packer:create"], ["packer:create", "--format", "hcl2"], ["packer:run", "--cloud", "local"] })
        {
            var run = await project.RunAsync(command);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{string.Join(' ', command)}: {run.Error}");
        }

        Assert.Multiple(() =>
        {
            Assert.That(project.Files("roles"), Is.EqualTo(groups.Select(group => group + ".json")));
            Assert.That(project.Files("packer"), Is.EquivalentTo(groups.SelectMany(group => new[] { group + ".json", group + ".pkr.hcl" })));
            Assert.That(project.Records(), Is.EqualTo(groups.Select(group => group + ".json")));
        });
    }
}
