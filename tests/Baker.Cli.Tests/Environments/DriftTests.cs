using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>What others change and delete of an environment; the cases share one served cloud on which nothing executes.</summary>
public sealed class DriftTests
{
    private static FleetProject s_fleet = null!;

    [OneTimeSetUp]
    public static async Task ServeAsync() => s_fleet = await EnvironmentStage.ServeBakedAsync(["tagged", "gone", "ended", "alone", "joined", "used", "lost"]);

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Update_TagsSwitchesAndSizesChangedByHand_AreShownAndPutBack()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "tagged");
        var before = await s_fleet.DescribeAsync("tagged");
        var clients = s_fleet.Clients;
        var web = (await clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "group-name", Values = ["tagged-web"] }] })).SecurityGroups[0];
        await clients.EC2.DeleteTagsAsync(new Amazon.EC2.Model.DeleteTagsRequest { Resources = [web.GroupId], Tags = [new Amazon.EC2.Model.Tag { Key = "environment" }] });
        var balancer = (await clients.ELBv2.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest { Names = ["tagged-www"] })).LoadBalancers[0].LoadBalancerArn;
        var targets = (await clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = ["tagged-www-api"] })).TargetGroups[0].TargetGroupArn;
        await clients.ELBv2.RemoveTagsAsync(new RemoveTagsRequest { ResourceArns = [balancer], TagKeys = ["baker:environment"] });
        await clients.ELBv2.AddTagsAsync(new AddTagsRequest { ResourceArns = [targets], Tags = [new Amazon.ElasticLoadBalancingV2.Model.Tag { Key = "Name", Value = "another" }] });
        var topic = (await clients.SNS.ListTopicsAsync(new ListTopicsRequest())).Topics.Find(each => each.TopicArn.EndsWith(":tagged-ops", StringComparison.Ordinal))!.TopicArn;
        await clients.SNS.UntagResourceAsync(new Amazon.SimpleNotificationService.Model.UntagResourceRequest { ResourceArn = topic, TagKeys = ["environment"] });
        await clients.AutoScaling.DeleteTagsAsync(new Amazon.AutoScaling.Model.DeleteTagsRequest { Tags = [new Amazon.AutoScaling.Model.Tag { ResourceType = "auto-scaling-group", ResourceId = "tagged/api-v001", Key = "environment" }] });
        await clients.AutoScaling.UpdateAutoScalingGroupAsync(new UpdateAutoScalingGroupRequest { AutoScalingGroupName = "tagged/www-v001", MinSize = 0, MaxSize = 7 });
        var grow = (await clients.AutoScaling.DescribePoliciesAsync(new DescribePoliciesRequest { AutoScalingGroupName = "tagged/www-v001", PolicyNames = ["baker-grow"] })).ScalingPolicies[0];
        await clients.AutoScaling.PutScalingPolicyAsync(new PutScalingPolicyRequest
        {
            AutoScalingGroupName = grow.AutoScalingGroupName,
            PolicyName = grow.PolicyName,
            PolicyType = grow.PolicyType,
            AdjustmentType = grow.AdjustmentType,
            MetricAggregationType = grow.MetricAggregationType,
            EstimatedInstanceWarmup = grow.EstimatedInstanceWarmup,
            StepAdjustments = grow.StepAdjustments,
            Enabled = false,
        });
        await clients.CloudWatch.DisableAlarmActionsAsync(new DisableAlarmActionsRequest { AlarmNames = ["baker:tagged/www-v001/busy"] });

        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "tagged");
        Assert.That(GoneTests.Steps(plan.Out), Is.EqualTo(new[]
        {
            "change security group tagged-web: tag environment none -> tagged",
            "change topic tagged-ops: tag environment none -> tagged",
            "change balancer tagged-www: tag baker:environment none -> tagged",
            "change target group tagged-www-api: tag Name another -> tagged-www-api",
            "change the fleet www: node_min 0 -> 1; node_max 7 -> 3",
            "change the fleet api: tag environment none -> tagged",
            "change policy grow of www: enabled false -> true",
            "change alarm baker:tagged/www-v001/busy: actions_enabled false -> true",
        }));

        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "tagged");
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "tagged");
        Assert.That(await s_fleet.DescribeAsync("tagged"), Is.EqualTo(before));
    }

    [Test]
    public async Task Plan_SizeThatAScheduleHasSet_IsNoDrift()
    {
        var manifest = JObject.Parse(s_fleet.Project.Read("nodes.json"));
        manifest["db"]!["autoscale"]!["schedules"] = JObject.Parse("""{"night": {"recurrence": "0 20 29 2 *", "min": 0, "max": 4}}""");
        s_fleet.Project.Write("night.json", manifest.ToString());
        string[] here = ["alone", "--manifest", "night.json"];
        await s_fleet.HereAsync(ExitCode.Done, ["environment:create", .. here]);

        await s_fleet.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new UpdateAutoScalingGroupRequest { AutoScalingGroupName = "alone/db-v001", MinSize = 0, MaxSize = 4 });
        await s_fleet.HereAsync(ExitCode.Done, ["environment:plan", .. here]);

        await s_fleet.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new UpdateAutoScalingGroupRequest { AutoScalingGroupName = "alone/db-v001", MinSize = 0, MaxSize = 5 });
        var plan = await s_fleet.HereAsync(ExitCode.Changes, ["environment:plan", .. here]);
        Assert.That(GoneTests.Steps(plan.Out), Is.EqualTo(new[] { "change the fleet db: node_max 5 -> 2" }));
    }

    [Test]
    public async Task Update_FleetDeletedByHand_IsRunAnew()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "gone");
        var (before, there) = (await s_fleet.DescribeAsync("gone"), await s_fleet.OfAsync("gone"));
        await DeleteByHandAsync("gone/www-v001");

        var plan = await s_fleet.HereAsync(ExitCode.Changes, "environment:plan", "gone");
        Assert.That(GoneTests.Steps(plan.Out).Take(2), Is.EqualTo(new[]
        {
            "delete what gone/www-v001 has left, which is gone: its launch template and 2 alarms",
            "run the fleet www, and wait until it is healthy (wave 2)",
        }));
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "gone");

        Assert.That(await s_fleet.DescribeAsync("gone"), Is.EqualTo(before));
        Assert.That((await s_fleet.OfAsync("gone")).Where(IsNamed), Is.EquivalentTo(there.Where(IsNamed)));
        await DeleteByHandAsync("gone/db-v001");
        await s_fleet.HereAsync(ExitCode.Done, "autoscale:run", "db", "-e", "gone");
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "gone");
        Assert.That(await s_fleet.DescribeAsync("gone"), Is.EqualTo(before));
    }

    [Test]
    public async Task Delete_FleetsDeletedByHand_LeavesNothing()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "ended");
        await DeleteByHandAsync("ended/www-v001");
        await DeleteByHandAsync("ended/db-v001");

        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "ended", "--yes", "ended");

        Assert.That(await s_fleet.OfAsync("ended"), Is.Empty);
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "ended", "--yes", "ended");
    }

    [Test]
    public async Task Update_TemplateOfADeletedFleetThatOthersLaunchFrom_IsLeftToThem()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "used");
        await DeleteByHandAsync("used/db-v001");
        await s_fleet.Clients.AutoScaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "of-others",
            MinSize = 0,
            MaxSize = 1,
            AvailabilityZones = ["us-east-1a"],
            LaunchTemplate = new Amazon.AutoScaling.Model.LaunchTemplateSpecification { LaunchTemplateName = "used/db-v001", Version = "1" },
        });

        var refused = await s_fleet.HereAsync(ExitCode.CloudFailed, "environment:update", "used");
        Assert.That(refused.Error, Does.Contain("There is a launch template used/db-v001 already, of another run.").And.Not.Contain("delete what"));

        await DeleteByHandAsync("of-others");
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "used");
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "used");
    }

    [Test]
    public async Task Update_BalancerAndTargetGroupsDeletedByHand_AreMadeAnewAndTheFleetsLeaveTheOldOnes()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "lost");
        var before = await s_fleet.DescribeAsync("lost");
        var elb = s_fleet.Clients.ELBv2;
        var balancer = (await elb.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest { Names = ["lost-www"] })).LoadBalancers[0].LoadBalancerArn;
        await elb.DeleteLoadBalancerAsync(new Amazon.ElasticLoadBalancingV2.Model.DeleteLoadBalancerRequest { LoadBalancerArn = balancer });
        var targets = (await elb.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = ["lost-www", "lost-www-api"] })).TargetGroups.ConvertAll(each => each.TargetGroupArn);
        foreach (var arn in targets)
        {
            await elb.DeleteTargetGroupAsync(new DeleteTargetGroupRequest { TargetGroupArn = arn });
        }

        await s_fleet.HereAsync(ExitCode.TimedOut, "environment:status", "lost");
        await s_fleet.HereAsync(ExitCode.Done, "autoscale:status", "-e", "lost");
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", "lost");
        await s_fleet.HereAsync(ExitCode.Done, "environment:plan", "lost");
        await s_fleet.HereAsync(ExitCode.Done, "environment:status", "lost");
        Assert.That(await s_fleet.DescribeAsync("lost"), Is.EqualTo(before));
        var fleets = await s_fleet.Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = ["lost/www-v001", "lost/api-v001"] });
        Assert.That(fleets.AutoScalingGroups.SelectMany(each => each.TargetGroupARNs).Intersect(targets), Is.Empty);
    }

    [Test]
    public async Task Update_FleetThatJoinsABalancer_IsHealthyThereWhenItEnds()
    {
        // Slow enough to be seen: two checks in two seconds, at this cloud's pace.
        var manifest = JObject.Parse(s_fleet.Project.Read("nodes.json"));
        manifest["__environments__"]!["joined"]!["__balancers__"]!["www"]!["health_check"]!["interval"] = 50;
        s_fleet.Project.Write("slow.json", manifest.ToString());
        manifest["api"]!["balancer"]!.Parent!.Remove();
        manifest["__environments__"]!["joined"]!["__balancers__"]!["www"]!["listeners"]![0]!["rules"]![0]!.Remove();
        foreach (var other in manifest["__environments__"]!.Children<JProperty>().Where(each => each.Name != "joined").ToList())
        {
            other.Remove();
        }

        s_fleet.Project.Write("less.json", manifest.ToString());
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "joined", "--manifest", "less.json");

        var update = await s_fleet.HereAsync(ExitCode.Done, "environment:update", "joined", "--manifest", "slow.json");

        Assert.That(update.Error, Does.Match("have joined/api-v001 join .*, and wait until it is healthy there"));
        var arn = (await s_fleet.Clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = ["joined-www-api"] })).TargetGroups[0].TargetGroupArn;
        Assert.That(await s_fleet.HealthyAsync(arn), Is.EqualTo(1));
    }

    /// <summary>Not those that AWS names: they are others each time.</summary>
    private static bool IsNamed(string what) => !what.StartsWith("instance", StringComparison.Ordinal) && !what.StartsWith("alarm TargetTracking", StringComparison.Ordinal);

    private static async Task DeleteByHandAsync(string fleet)
    {
        await s_fleet.Clients.AutoScaling.DeleteAutoScalingGroupAsync(new DeleteAutoScalingGroupRequest { AutoScalingGroupName = fleet, ForceDelete = true });
        await Wait.UntilAsync(async () => (await s_fleet.Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = [fleet] })).AutoScalingGroups is not { Count: > 0 });
    }
}
