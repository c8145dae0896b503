using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>An environment by one command each; the cases share one served cloud, and each has an environment of its own.</summary>
public sealed class EnvironmentTests
{
    private static FleetProject s_fleet = null!;

    [OneTimeSetUp]
    public static async Task ServeAsync() => s_fleet = await EnvironmentStage.ServeBakedAsync(["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]);

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Update_AlarmsOfAFleetThatIsReplaced_KeepTheEnvironmentsTags()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "eighth");
        var manifest = JObject.Parse(s_fleet.Project.Read("nodes.json"));
        manifest["www"]!["source_ami"] = "ami-22222222";
        s_fleet.Project.Write("newer.json", manifest.ToString());

        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "eighth", "--manifest", "newer.json");

        var alarms = (await s_fleet.Clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest { AlarmNamePrefix = "baker:eighth/www-v002/" })).MetricAlarms;
        Assert.That(alarms, Has.Count.EqualTo(2));
        foreach (var alarm in alarms)
        {
            var tags = (await s_fleet.Clients.CloudWatch.ListTagsForResourceAsync(new ListTagsForResourceRequest { ResourceARN = alarm.AlarmArn })).Tags
                .ToDictionary(tag => tag.Key, tag => tag.Value);
            Assert.That((tags["environment"], tags["baker:environment"], tags["baker:group"]), Is.EqualTo(("eighth", "eighth", "www")), alarm.AlarmName);
        }
    }

    [Test]
    public async Task Delete_SecurityGroupsThatOthersUse_AreSaidAtOnceAndGoWhenNobodyDoes()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "ninth");
        var ec2 = s_fleet.Clients.EC2;
        var web = (await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = "group-name", Values = ["ninth-web"] }] })).SecurityGroups.Single().GroupId;
        var image = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images[0].ImageId;
        var instance = (await ec2.RunInstancesAsync(new RunInstancesRequest { ImageId = image, InstanceType = "t3.micro", MinCount = 1, MaxCount = 1, SecurityGroupIds = [web] })).Reservation.Instances[0].InstanceId;
        var office = (await ec2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = "office", Description = "of others" })).GroupId;
        await ec2.AuthorizeSecurityGroupIngressAsync(new AuthorizeSecurityGroupIngressRequest
        {
            GroupId = office,
            IpPermissions = [new IpPermission { IpProtocol = "tcp", FromPort = 22, ToPort = 22, UserIdGroupPairs = [new UserIdGroupPair { GroupId = web }] }],
        });

        var first = await s_fleet.HereAsync(ExitCode.CloudFailed, "environment:delete", "ninth", "--yes", "ninth");
        Assert.That(first.Error, Does.Contain($"The security group ninth-web ({web}) is in use still, by a rule of office ({office}), the instance {instance}.\n"));

        await ec2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [instance] });
        var second = await s_fleet.HereAsync(ExitCode.CloudFailed, "environment:delete", "ninth", "--yes", "ninth");
        Assert.That(second.Error, Does.Contain($"The security group ninth-web ({web}) is in use still, by a rule of office ({office})"));

        await ec2.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = office });
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "ninth", "--yes", "ninth");
        Assert.That(await s_fleet.OfAsync("ninth"), Is.Empty);
    }

    [Test]
    public async Task Create_EmptyCloud_MakesAllOfItOnceAndDeleteLeavesNothing()
    {
        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "first");
        Assert.That(plan.Out, Does.Contain("create security group first-lb").And.Contain("create alarm"));

        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "first");

        var again = await s_fleet.HereAsync(ExitCode.Done, "environment:create", "first");
        Assert.That(again.Out, Is.EqualTo("first is as the manifest has it.\n"));
        Assert.That(again.Error, Does.Not.Contain("1. "));
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "first");
        var status = JObject.Parse((await s_fleet.HereAsync(ExitCode.Done, "environment:status", "first", "--json")).Out);
        Assert.That(status["roles"]!.Select(role => (string?)role["role"]), Is.EqualTo(new[] { "other", "db", "www", "api" }));
        var made = await s_fleet.OfAsync("first");
        Assert.That(made.Select(each => each[..each.LastIndexOf(' ')]).Distinct(), Is.EquivalentTo(new[]
        {
            "security group", "instance", "launch template", "fleet", "balancer", "target group", "topic", "alarm",
        }));

        await s_fleet.HereAsync(ExitCode.BadInput, "environment:delete", "first");
        await s_fleet.HereAsync(ExitCode.BadInput, "environment:delete", "first", "--yes", "second");
        var balancer = (await s_fleet.Clients.ELBv2.DescribeLoadBalancersAsync(new() { Names = ["first-www"] })).LoadBalancers[0].LoadBalancerArn;
        Task ProtectAsync(string value) => s_fleet.Clients.ELBv2.ModifyLoadBalancerAttributesAsync(
            new() { LoadBalancerArn = balancer, Attributes = [new() { Key = "deletion_protection.enabled", Value = value }] });
        await ProtectAsync("true");
        var kept = await s_fleet.HereAsync(ExitCode.CloudFailed, "environment:delete", "first", "--yes", "first");
        Assert.That(kept.Error, Does.Contain("first-www is protected from deletion; nothing was deleted."));
        await ProtectAsync("false");
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "first", "--yes", "first");

        Assert.That(await s_fleet.OfAsync("first"), Is.Empty);
        await s_fleet.HereAsync(ExitCode.TimedOut, "environment:status", "first");
        var both = await s_fleet.HereAsync(ExitCode.BadInput, "environment:delete", "first", "-e", "second", "--yes", "first");
        Assert.That(both.Error, Does.Contain("is to work on first, and --environment says second"));
        var over = await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "first", "--yes", "first");
        Assert.That(over.Out, Is.EqualTo("Nothing of first is there.\n"));
    }

    [Test]
    public async Task Update_DriftedRules_AreShownAndPutRight()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "second");
        await s_fleet.DriftAsync("second");

        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "second");
        Assert.That(plan.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimStart()), Is.EqualTo(new[]
        {
            "1. allow tcp 22 from 10.0.0.0/8 to second-web",
            "2. no longer allow tcp 23 from 0.0.0.0/0 to second-web",
            "3. create alarm baker:second/www-v001/busy: CPUUtilization >= 40",
        }));
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "second");
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "second");
    }

    [Test]
    public async Task Life_ScheduleThatIsOverAndAnAlarmThatChanges_TouchNoFleet()
    {
        var manifest = s_fleet.Project.Read("nodes.json").Replace("\"schedules\": {", "\"schedules\": {\"once\": {\"start\": \"2020-01-01T00:00:00Z\", \"min\": 1}, ", StringComparison.Ordinal);
        s_fleet.Project.Write("once.json", manifest);
        s_fleet.Project.Write("louder.json", manifest.Replace("\"threshold\": 40,", "\"threshold\": 41,", StringComparison.Ordinal));
        var create = await s_fleet.HereAsync(ExitCode.Done, "environment:create", "seventh", "--manifest", "once.json");
        Assert.That(create.Error, Does.Contain("once of www was due at 2020-01-01T00:00:00Z, which is over"));
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "seventh", "--manifest", "once.json");

        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "seventh", "--manifest", "louder.json");
        Assert.That(plan.Out.Trim(), Does.StartWith("1. change alarm").And.Not.Contain("\n"));

        await s_fleet.HereAsync(ExitCode.Done, "autoscale:suspend", "db", "Launch", "-e", "seventh");
        var status = await s_fleet.HereAsync(ExitCode.TimedOut, "environment:status", "seventh");
        Assert.That(status.Out, Does.Contain("Launch suspended"));
        await s_fleet.HereAsync(ExitCode.Done, "autoscale:resume", "db", "-e", "seventh");
        await s_fleet.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = "seventh/db-v001", MinSize = 0, DesiredCapacity = 0 });
        status = await s_fleet.HereAsync(ExitCode.TimedOut, "environment:status", "seventh");
        Assert.That(status.Out, Does.Contain("smaller than its node_min of 1"));
    }

    [Test]
    public async Task FleetUpdate_Replaces_PoliciesSchedulesAndAlarmsFollow()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "third");

        await s_fleet.HereAsync(ExitCode.Done, "autoscale:update", "www", "-e", "third", "--image", "ami-22222222");

        Assert.That((await s_fleet.OfAsync("third")).Where(each => each.StartsWith("alarm", StringComparison.Ordinal)), Is.SupersetOf(new[]
        {
            "alarm baker:third/www-v002/busy", "alarm baker:third/www-v002/slow",
        }).And.None.Contains("www-v001"));
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "third");
        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "third");
        Assert.That(plan.Out, Does.StartWith("  1. update the fleet www: ami-22222222 -> ami-").And.Not.Contain("  2. "));
    }

    [Test]
    public async Task TwoEnvironments_ChangesOfOne_LeaveTheOther()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "fourth");
        var before = await s_fleet.OfAsync("fourth");

        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "fifth");
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "fifth", "--yes", "fifth");

        Assert.That(await s_fleet.OfAsync("fourth"), Is.EqualTo(before));
        Assert.That(await s_fleet.OfAsync("fifth"), Is.Empty);
    }

    [Test]
    public async Task Diff_TwoEnvironments_NamesWhatDiffers()
    {
        var diff = await s_fleet.HereAsync(ExitCode.Changes, "environment:diff", "first", "second");
        Assert.That(diff.Out, Does.Contain("listener www/").And.Contain("only in the second"));
        await s_fleet.HereAsync(ExitCode.Done, "environment:diff", "first", "first");
    }
}
