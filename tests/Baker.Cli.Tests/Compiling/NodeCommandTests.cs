using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Compiling;

public sealed class NodeCommandTests
{
    [Test]
    public async Task NodeList_OfTheSample_IsALineAGroup()
    {
        using var project = new TestProject(TestProject.Repository("nodes.json"));
        project.Write("scripts/boot.sh", "");
        var run = await project.RunAsync("node:list");
        Assert.That(run.Out.Split('\n'), Has.Length.EqualTo(4));
    }

    [Test]
    public async Task NodeList_Json_IsJson()
    {
        using var project = new TestProject("{\"a\": {\"autoscale\": {\"node_min\": 1}}, \"b\": {}}");
        var listed = JArray.Parse((await project.RunAsync("node:list", "--json")).Out);
        Assert.That(listed.Select(group => (string)group["name"]!), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task NodeShow_Group_IsTheMergedGroupAsJson()
    {
        using var project = new TestProject("{\"__base__\": {\"tags\": {\"a\": \"1\", \"b\": \"2\"}, \"region\": \"us-east-1\"}, \"g\": {\"tags\": {\"b\": \"3\"}, \"region\": null}}");
        Assert.That(JToken.DeepEquals(JObject.Parse((await project.RunAsync("node:show", "g")).Out), JObject.Parse("{\"tags\": {\"a\": \"1\", \"b\": \"3\"}}")));
    }

    [Test]
    public async Task NodeShow_Explain_NamesLayerAndLineOfEachValue()
    {
        using var project = new TestProject(TestProject.Repository("nodes.json"));
        var run = await project.RunAsync("node:show", "12_04-bee", "--explain");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out.Split('\n'), Has.All.Property("Length").LessThanOrEqualTo(80));
        Golden.Check(run.Out, "tests/Baker.Cli.Tests/Golden/explain-12_04-bee.txt");
    }

    [Test]
    public async Task NodeShow_Explain_NamesTheSettingThatRecipesComeFrom()
    {
        using var project = new TestProject("""
            {
              "__settings__": {
                "catalog": {"recipes": true}
              },
              "web": {"config": true, "iam_instance_profile": "web", "needs": {"api": {"optional": true}},
                "run_list": ["recipe[web]"]}
            }
            """);
        var run = await project.RunAsync("node:show", "web", "--explain");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.EndWith("""
              run_list:
                "recipe[baker-services::collect-services]"          __settings__, line 3
                "recipe[baker-services::decommission-services]"     __settings__, line 3
                "recipe[web]"                                       web, line 6
              post_run_list:
                "recipe[baker-services::notify-services]"           __settings__, line 3

            """));
        Assert.That(JObject.Parse((await project.RunAsync("node:show", "web")).Out)["post_run_list"]!.Values<string>(), Is.EqualTo(new[] { "recipe[baker-services::notify-services]" }));
    }
}
