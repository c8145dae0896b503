using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What a fleet is made of, and how long its changes wait, by the <c>autoscale</c> of its group; nothing executes on its nodes.</summary>
public sealed class SettingsTests
{
    private const string Image = "ami-1ebb2077";

    [Test]
    public async Task Run_AutoscaleSetsNothing_HasTheDefaultsOfTheDocumentation()
    {
        await using var fleet = await RunAsync("{}");

        var group = (await fleet.GroupsAsync("www")).Single();
        var zones = (await fleet.Clients.EC2.DescribeSubnetsAsync(new())).Subnets.Select(each => each.AvailabilityZone).Distinct();
        var update = await fleet.Project.RunAsync("autoscale:update", "www", "--force", "--image", Image, "--dry-run");

        Assert.Multiple(() =>
        {
            Assert.That((group.MinSize, group.DesiredCapacity, group.MaxSize), Is.EqualTo((1, 1, 1)));
            Assert.That((group.HealthCheckType, group.HealthCheckGracePeriod, group.DefaultInstanceWarmup), Is.EqualTo(("EC2", 300, (int?)null)));
            Assert.That(group.TerminationPolicies, Is.EqualTo(new[] { "Default" }));
            Assert.That(group.AvailabilityZones, Is.EquivalentTo(zones));
            Assert.That(group.TargetGroupARNs ?? [], Is.Empty);
            Assert.That(group.MixedInstancesPolicy, Is.Null);
            Assert.That(update.Out, Does.Contain("keep www-v001 running for 5 min\n"));
        });
    }

    [Test]
    public async Task Update_Timeout_KeepsTheOldFleetForItsTimeAndThenRemovesIt()
    {
        await using var fleet = await RunAsync("""{"timeout": 3}""");

        var update = await fleet.DoAsync("autoscale:update", "www", "--force", "--image", Image, "--json");

        var steps = update.End["steps"]!.Select(each => (Text: (string)each["text"]!, Seconds: (double)each["seconds"]!)).ToList();
        var kept = steps.FindIndex(each => each.Text == "keep www-v001 running for 3 s");
        Assert.That(steps[kept].Seconds, Is.GreaterThanOrEqualTo(2.9));
        Assert.That(steps.FindIndex(each => each.Text.StartsWith("delete Auto Scaling group www-v001", StringComparison.Ordinal)), Is.GreaterThan(kept));
        Assert.That(steps.Select(each => each.Text), Does.Contain("give www-v002 its own minimum back"));
        Assert.That((await fleet.GroupsAsync("www")).Select(each => each.AutoScalingGroupName), Is.EqualTo(new[] { "www-v002" }));
    }

    [Test]
    public async Task Rolling_NoWarmup_WaitsForTheGraceAndSaysSo()
    {
        await using var fleet = await RunAsync("""{"health_check": {"type": "ec2", "grace": 100}}""");
        var node = (await fleet.GroupsAsync("www")).Single().Instances.Single().InstanceId;

        var update = await fleet.DoAsync("autoscale:update", "www", "--force", "--image", Image, "--strategy", "rolling");

        Assert.That(update.Error, Does.Match(@"InProgress 0 %: Waiting for instances to warm up before continuing\. For example: i-[0-9a-f]+ is warming up\.").And.Not.Contain($"example: {node}"));
    }

    private static async Task<FleetProject> RunAsync(string autoscale)
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "www": {"instance_type": "m5.large", "source_ami": "{{Image}}", "autoscale": {{autoscale}} }
            }
            """);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        var fleet = await FleetProject.ServeAsync(project, scale: 0.02);
        await fleet.DoAsync("autoscale:run", "www", "--image", Image);
        return fleet;
    }
}
