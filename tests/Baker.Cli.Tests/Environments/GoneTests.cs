using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>What stays of an environment when groups and resources leave the manifest; nothing executes.</summary>
public sealed class GoneTests
{
    private static FleetProject s_fleet = null!;

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        s_fleet = await EnvironmentStage.ServeBakedAsync(["one", "two", "three"]);

        // The same project without a group and a topic, and with a group that has no fleet any more.
        var manifest = JObject.Parse(s_fleet.Project.Read("nodes.json"));
        manifest.Remove("api");
        manifest["__topics__"]!["old"]!.Parent!.Remove();
        foreach (var environment in manifest["__environments__"]!.Children<JProperty>())
        {
            environment.Value["__balancers__"]!["www"]!["listeners"]![0]!["rules"]![0]!.Remove();
        }

        s_fleet.Project.Write("less.json", manifest.ToString());
        manifest["__balancers__"] = new JObject();
        manifest["__security_groups__"]!["web"]!["inbound"]![0]!.Remove();
        manifest["www"]!["balancer"]!.Parent!.Remove();
        manifest["www"]!["alarms"]!["slow"]!.Parent!.Remove();
        manifest["__base__"]!["security_groups"]!.Parent!.Remove();
        manifest["__security_groups__"]!["web"]!.Parent!.Remove();
        foreach (var environment in manifest["__environments__"]!.Children<JProperty>())
        {
            environment.Value["__balancers__"]!.Parent!.Remove();
        }

        s_fleet.Project.Write("least.json", manifest.ToString());
    }

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Update_GroupAndTopicAreGone_TheTopicGoesAndTheFleetIsLeftUntilThatIsAsked()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "one");

        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "one", "--manifest", "less.json");
        Assert.That(Steps(plan.Out), Is.EqualTo(new[] { "delete the rule 10 of one-www on port", "delete topic one-old" }));
        Assert.That(plan.Error, Does
            .Contain("The fleet api is left: another manifest made it, or this one has it no more. --delete-fleets deletes it, or package autoscale:delete api --manifest less.json --environment one\n").And
            .Contain("target group one-www-api is left, and the manifest has it no more: one/api-v001 has it\n"));

        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "one", "--manifest", "less.json");
        Assert.That(await s_fleet.OfAsync("one"), Has.Some.EqualTo("fleet one/api-v001").And.Some.EqualTo("target group one-www-api").And.None.Contains("one-old"));
        var none = await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "one", "--manifest", "less.json");
        Assert.That(none.Error, Does.Contain("The fleet api is left"), "it says so as long as it is there");

        var status = await s_fleet.HereAsync(ExitCode.Done, "environment:status", "one", "--manifest", "less.json");
        Assert.That(status.Out, Does.Match("api +one/api-v001 +1/1 +not in less.json for one\n").And
            .EndsWith("\napi: another manifest of one made it, or less.json has it no more; environment:update --delete-fleets deletes it.\n"));
        var inventory = JObject.Parse((await s_fleet.HereAsync(ExitCode.Done, "instance:inventory", "-e", "one", "--manifest", "less.json")).Out);
        Assert.That(inventory["not_in_manifest"]!["hosts"], Is.EqualTo(inventory["group_api"]!["hosts"]).Using<JToken>(JToken.DeepEquals));

        var all = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "one", "--manifest", "less.json", "--delete-fleets");
        Assert.That(Steps(all.Out), Is.EqualTo(new[] { "delete the fleet api, with its policies, schedules and alarms", "delete target group one-www-api" }));
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "one", "--manifest", "less.json", "--delete-fleets");
        Assert.That(await s_fleet.OfAsync("one"), Has.None.Contains("api"));
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "one", "--manifest", "less.json", "--delete-fleets");
    }

    [Test]
    public async Task Update_BalancerAndSecurityGroupAreGone_WhatInstancesHaveStaysUntilTheyAreReplaced()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "two");

        var update = await s_fleet.HereAsync(ExitCode.Done, "environment:update", "two", "--manifest", "least.json");
        Assert.That(update.Error, Does.Contain("security group two-web is left, and the manifest has it no more: two/"));
        var left = await s_fleet.OfAsync("two");
        Assert.That(left, Has.None.StartsWith("balancer").And.Some.EqualTo("security group two-web").And.Some.EqualTo("target group two-www-api"));
        Assert.That(left, Has.None.EqualTo("target group two-www"), "its fleet left it");

        foreach (var group in new[] { "db", "www" })
        {
            await s_fleet.HereAsync(ExitCode.Done, "autoscale:update", group, "-e", "two", "--manifest", "least.json", "--image", "ami-11111111");
        }

        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "two", "--manifest", "least.json", "--delete-fleets");
        Assert.That(await s_fleet.OfAsync("two"), Has.None.Contains("two-web").And.None.Contains("api"));
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "two", "--manifest", "least.json", "--yes", "two");
        Assert.That(await s_fleet.OfAsync("two"), Is.Empty);
    }

    [Test]
    public async Task GroupThatHasNoFleetAnyMore_IsShownAndItsFleetCanBeDeleted()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "three");
        var manifest = JObject.Parse(s_fleet.Project.Read("nodes.json"));
        manifest["api"]!["autoscale"] = false;
        s_fleet.Project.Write("false.json", manifest.ToString());
        string[] here = ["-e", "three", "--manifest", "false.json"];

        var status = await s_fleet.HereAsync(ExitCode.Done, ["autoscale:status", .. here]);
        Assert.That(status.Out, Does.Match("api +three/api-v001 .* has no fleet in false.json for three\n"));
        Assert.That((await s_fleet.HereAsync(ExitCode.Done, ["environment:status", .. here])).Out, Does.Contain("has no fleet in false.json for three\n"));
        Assert.That((await s_fleet.HereAsync(ExitCode.Done, ["environment:plan", .. here])).Error, Does.Contain("The fleet api is left"));

        await s_fleet.HereAsync(ExitCode.Done, ["autoscale:delete", "api", "--yes", .. here]);
        Assert.That(await s_fleet.OfAsync("three"), Has.None.Contains("fleet three/api"));
        await s_fleet.HereAsync(ExitCode.Done, ["environment:plan", .. here]);
    }

    /// <summary>The steps of a plan, without their numbers and ports.</summary>
    internal static IEnumerable<string> Steps(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => System.Text.RegularExpressions.Regex.Replace(line[(line.IndexOf('.', StringComparison.Ordinal) + 2)..], " [0-9]{5}$", ""));
}
