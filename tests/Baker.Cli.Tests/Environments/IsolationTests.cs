using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>Two environments of one account never touch each other.</summary>
public sealed class IsolationTests
{
    [Test]
    public async Task Commands_WithoutAnEnvironment_SeeNothingOfThose()
    {
        using var two = new TwoEnvironments();
        await two.FillAsync("prod");
        var before = await two.StateAsync("prod");
        two.Project.Write("other.json", "{\"__settings__\": {\"cloud\": \"local\", \"local\": {\"delay_scale\": 0.02}}, \"web\": {\"source_ami\": \"ami-1ebb2077\", \"instance_type\": \"m1.large\", \"provision\": [\"a.sh\"], \"autoscale\": {\"node_min\": 1, \"node_max\": 2, \"timeout\": 0}}}");

        Assert.That(JArray.Parse((await two.DoAsync("instance:list --json --manifest other.json")).Out), Is.Empty);
        Assert.That((await two.DoAsync("instance:inventory --manifest other.json")).Out, Does.Not.Contain("i-"));
        Assert.That((await two.DoAsync("autoscale:status --manifest other.json")).Out, Does.Contain("does not run").And.Not.Contain("prod"));
        Assert.That((await two.DoAsync("instance:deploy --yes --manifest other.json")).Out, Does.Contain("Nothing to converge"));
        await two.DoAsync($"autoscale:run web --image {TwoEnvironments.Image} --manifest other.json");
        var deploy = await two.RunAsync("instance:deploy --yes --manifest other.json --json");
        Assert.That(deploy.End.SelectTokens("$..nodes[*].instance"), Has.Exactly(1).Items, deploy.Out + deploy.Error);
        await two.DoAsync("autoscale:delete web --yes --manifest other.json");

        Assert.That(await two.StateAsync("prod"), Is.EqualTo(before));
    }

    [Test]
    public async Task Made_InAnEnvironment_CarriesItsTagsAndNames()
    {
        using var two = new TwoEnvironments(text => text.Replace("\"cloud\": \"local\",", "\"cloud\": \"local\", \"environment_tag\": \"Env\", \"type_tag\": \"Type\",", StringComparison.Ordinal));
        await two.FillAsync("prod");
        var state = JObject.Parse(await two.StateAsync("prod"));

        var fleet = state["Fleets"]!.Single();
        Assert.That((string?)fleet["AutoScalingGroupName"], Is.EqualTo("prod/web-v001"));
        Assert.That((string?)state["Templates"]!.Single()["LaunchTemplateName"], Is.EqualTo("prod/web-v001"));
        Assert.That(state["Parameters"]!.Select(each => (string?)each["Name"]), Is.EqualTo(new[] { "/baker/env/prod/config/web/A" }));
        var names = new List<string>();
        foreach (var node in state["Nodes"]!)
        {
            var tags = node["Tags"]!.ToDictionary(tag => (string)tag["Key"]!, tag => (string)tag["Value"]!);
            Assert.That((tags["Env"], tags["Type"], tags["baker:environment"], tags["group"], tags["baker:group"]), Is.EqualTo(("prod", "web", "prod", "web", "web")));
            names.Add(tags["Name"]);
        }

        Assert.That(names, Is.EquivalentTo(new[] { "prodweb1", "prod-box" }));
    }

    [Test]
    public async Task Names_NodesComeAndGo_ThoseThatStayKeepTheirs()
    {
        using var two = new TwoEnvironments();
        await two.DoAsync($"autoscale:run web -e prod --image {TwoEnvironments.Image} --desired 2");
        Assert.That(await NamesAsync(), Is.EqualTo(new[] { "prodweb1", "prodweb2" }));
        await two.DoAsync("autoscale:scale web 3 -e prod");
        await Wait.UntilAsync(async () => (await NamesAsync()).Length == 3);
        Assert.That(await NamesAsync(), Is.EqualTo(new[] { "prodweb", "prodweb1", "prodweb2" }), "Auto Scaling knows no numbers");
        await two.RunAsync("instance:deploy web -e prod");
        Assert.That(await NamesAsync(), Is.EqualTo(new[] { "prodweb1", "prodweb2", "prodweb3" }));
        await two.DoAsync($"autoscale:update web -e prod --force --image {TwoEnvironments.Image}");
        await Wait.UntilAsync(async () => (await NamesAsync()).Length == 3);
        Assert.That(await NamesAsync(), Is.EqualTo(new[] { "prodweb4", "prodweb5", "prodweb6" }), "while the old ones were there, theirs were taken");

        async Task<string[]> NamesAsync() => [.. JArray.Parse((await two.DoAsync("instance:list --json -e prod")).Out)
            .Where(node => (string?)node["state"] == "running").Select(node => (string)node["name"]!).Order(StringComparer.Ordinal)];
    }

    [TestCase("")]
    [TestCase("-e prod")]
    public async Task GroupThatTheManifestHasNoMore_IsShownAndCanBeDeleted(string environment)
    {
        using var two = new TwoEnvironments(text => environment.Length > 0 ? text : text.Replace(", \"prod\": {}", "", StringComparison.Ordinal).Replace("\"__environments__\": {\"staging\": {\"web\": {\"tags\": {\"tier\": \"test\"}}}}", "\"idle\": {\"autoscale\": false}", StringComparison.Ordinal));
        await two.DoAsync($"autoscale:run gone {environment} --image {TwoEnvironments.Image}");
        two.Project.Write("nodes.json", two.Project.Read("nodes.json").Replace("\"gone\": {},", "", StringComparison.Ordinal));
        var words = environment.Length > 0 ? "not in nodes.json for prod" : "not in nodes.json";

        var status = await two.DoAsync($"autoscale:status {environment}");
        Assert.That(status.Out, Does.Match($"gone +(prod/)?gone-v001 .* {words}\n").And.Contain($"gone: {words}: autoscale:delete gone removes its fleet"));
        Assert.That((await two.DoAsync($"autoscale:status gone {environment}")).Out, Does.Contain("gone-v001").And.Not.Contain("web"));
        var json = JArray.Parse((await two.DoAsync($"autoscale:status --json {environment}")).Out);
        Assert.That(json.Select(each => ((string?)each["group"], (bool)each["in_manifest"]!)), Is.EqualTo(new[] { ("web", true), ("gone", false) }));
        Assert.That((await two.DoAsync($"instance:list {environment}")).Out, Does.Contain($"gone: {words}\n"));
        Assert.That(JArray.Parse((await two.DoAsync($"instance:list --json {environment}")).Out).Select(node => ((string?)node["group"], (bool)node["in_manifest"]!)), Is.EqualTo(new[] { ("gone", false) }));

        Assert.That((await two.RunAsync($"autoscale:delete gone --dry-run {environment}")).Code, Is.EqualTo(ExitCode.Changes));
        two.Project.Environment["BAKER_LOCAL_FAULTS"] = "refuse=UpdateAutoScalingGroup:ValidationError";
        Assert.That((await two.RunAsync($"autoscale:delete gone --yes {environment}")).Code, Is.EqualTo(ExitCode.CloudFailed));
        two.Project.Environment.Remove("BAKER_LOCAL_FAULTS");
        Assert.That((await two.DoAsync($"autoscale:status {environment}")).Out, Does.Contain("autoscale:rollback gone goes back"));
        await two.DoAsync($"autoscale:rollback gone {environment}");
        Assert.That((await two.DoAsync($"autoscale:status {environment}")).Out, Does.Match($"gone +(prod/)?gone-v001 +1 .* {words}\n").And.Not.Contain("nobody works on it"));
        await two.DoAsync($"autoscale:delete gone --yes {environment}");
        Assert.That((await two.DoAsync($"autoscale:status {environment}")).Out, Does.Not.Contain("gone"));
        Assert.That((await two.RunAsync($"autoscale:delete gone {environment}")).Error, Does.Contain("nodes.json has no group \"gone\""));
    }

    [Test]
    public async Task Images_SameInputs_AreBakedOnceForBoth()
    {
        using var two = new TwoEnvironments(text => text.Replace("\"config\": true,", "", StringComparison.Ordinal).Replace("\"web\": {\"tags\": {\"tier\": \"test\"}}", "", StringComparison.Ordinal));
        await two.DoAsync("packer:run web -e staging");
        Assert.That((await two.DoAsync("packer:run web -e prod")).Out, Does.Contain("up to date"));
        Assert.That(ImageOf("prod"), Is.EqualTo(ImageOf("staging")));
        await two.DoAsync("packer:run web -e staging --force");
        Assert.That((await two.DoAsync("packer:clean -n 1 --yes -e staging --json")).Out, Does.Not.Contain(ImageOf("prod")), "the first is production's, too");
        await two.DoAsync("autoscale:run web -e prod");
        Assert.That((await two.DoAsync("image:list web --json")).Out, Does.Contain(ImageOf("prod")));

        string? ImageOf(string environment) => (string?)JObject.Parse(two.Project.Read($"builds/{environment}/web.json"))["image"];
    }

    [Test]
    public async Task Images_OtherInputs_AreNotTheOthersNewest()
    {
        using var two = new TwoEnvironments();
        await two.DoAsync("packer:run web -e prod");
        await two.DoAsync("packer:run web -e staging");
        await two.DoAsync("autoscale:run web -e prod");
        var staging = (string?)JObject.Parse(two.Project.Read("builds/staging/web.json"))["image"];
        var prod = (string?)JObject.Parse(two.Project.Read("builds/prod/web.json"))["image"];
        Assert.That(prod, Is.Not.EqualTo(staging));
        Assert.That((await two.DoAsync("autoscale:status web -e prod")).Out, Does.Contain(prod).And.Contain("current"));
        two.Project.Write("a.sh", "true # changed\n");
        await two.DoAsync("autoscale:update web -e prod --allow-stale");
        Assert.That((await two.DoAsync("autoscale:status web -e prod")).Out, Does.Contain(prod).And.Contain("stale"));
        Assert.That((await two.DoAsync("image:promote web --to live -e prod")).Out, Does.Contain(prod).And.Not.Contain(" of prod"));
        Assert.That((await two.DoAsync("image:promote web --to live")).Out, Does.Contain(staging).And.Contain(" of staging"), "the newest of all");
        await two.DoAsync("packer:clean -n 1 --yes -e prod");
        Assert.That((await two.DoAsync("image:list web -e prod --json")).Out, Does.Contain(prod).And.Contain(staging), "each environment keeps its newest");
    }

    [Test]
    public async Task AutoscaleCreate_WithoutAChosenOne_WritesTheDnaOfAll()
    {
        using var project = new TestProject("{\"www\": {\"autoscale\": {\"node_min\": 1}, \"dna\": {\"a\": 1}}, \"__environments__\": {\"staging\": {}, \"eu.prod\": {\"www\": {\"dna\": {\"a\": 2}}}}}");
        var run = await project.RunAsync("autoscale:create");
        Assert.That(run.Out, Is.EqualTo("created dna/staging/asg/www.json\ncreated dna/eu.prod/asg/www.json\n"));
        Assert.That(JObject.Parse(project.Read("dna/eu.prod/asg/www.json")).ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("{\"id\":\"www\",\"run_list\":[\"role[role-www]\"],\"chef_environment\":\"eu_prod\",\"environment\":\"eu.prod\",\"a\":2}"));
        Assert.That((await project.RunAsync("autoscale:create", "-e", "staging", "--dry-run")).Out, Is.EqualTo("unchanged dna/staging/asg/www.json\n"));
    }
}
