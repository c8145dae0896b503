using System.Text.Json;
using Amazon.ElasticLoadBalancingV2;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>A fleet outlives the process that has the cloud open.</summary>
internal sealed class RestartTests
{
    [Test]
    public async Task Fleet_AfterARestart_IsWhatItWas_AndServes()
    {
        await using var folder = new TemporaryFolder();
        string before;
        string target;
        await using (var cloud = await FleetCloud.OpenAsync(folder: folder))
        {
            (target, _) = await cloud.BalanceAsync();
            var template = await cloud.TemplateAsync();
            await cloud.CreateAsync("web", template, 2, group =>
            {
                group.LaunchTemplate = null;
                group.MixedInstancesPolicy = new()
                {
                    LaunchTemplate = new() { LaunchTemplateSpecification = new() { LaunchTemplateId = template, Version = "1" }, Overrides = [new() { InstanceType = "m4.large", WeightedCapacity = "1" }] },
                };
                group.TargetGroupARNs = [target];
                group.LifecycleHookSpecificationList = [new() { LifecycleHookName = "leave", LifecycleTransition = "autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout = 30, DefaultResult = "CONTINUE" }];
                group.InstanceMaintenancePolicy = new() { MinHealthyPercentage = 100, MaxHealthyPercentage = 150 };
                group.Tags = [new() { Key = "group", Value = "web", PropagateAtLaunch = true }];
            });
            await cloud.Groups.PutScalingPolicyAsync(new() { AutoScalingGroupName = "web", PolicyName = "up", AdjustmentType = "ChangeInCapacity", ScalingAdjustment = 1 });
            await cloud.Groups.PutScheduledUpdateGroupActionAsync(new() { AutoScalingGroupName = "web", ScheduledActionName = "nightly", Recurrence = "0 22 * * MON-FRI", DesiredCapacity = 1 });
            await cloud.Groups.PutNotificationConfigurationAsync(new() { AutoScalingGroupName = "web", TopicARN = "arn:aws:sns:us-east-1:000000000000:t", NotificationTypes = ["autoscaling:EC2_INSTANCE_LAUNCH"] });
            await cloud.Alarms.PutMetricAlarmAsync(new() { AlarmName = "errors", Namespace = "web", MetricName = "errors", Statistic = "Sum", Period = 60, EvaluationPeriods = 1, Threshold = 1.5, ComparisonOperator = "GreaterThanThreshold" });
            var listener = (await cloud.Balancing.DescribeListenersAsync(new() { LoadBalancerArn = (await cloud.Balancing.DescribeLoadBalancersAsync(new())).LoadBalancers[0].LoadBalancerArn })).Listeners[0];
            await cloud.Balancing.CreateRuleAsync(new()
            {
                ListenerArn = listener.ListenerArn,
                Priority = 1,
                Conditions = [new() { Field = "path-pattern", PathPatternConfig = new() { Values = ["/a/*"] } }],
                Actions = [new() { Type = ActionTypeEnum.Forward, TargetGroupArn = target }],
            });
            await cloud.UntilInServiceAsync("web", 2);
            await cloud.Groups.StartInstanceRefreshAsync(new() { AutoScalingGroupName = "web", Preferences = new() { CheckpointPercentages = [50, 100], SkipMatching = true } });
            await Wait.UntilAsync(async () => (await RefreshAsync(cloud)).Status == Amazon.AutoScaling.InstanceRefreshStatus.Successful, "the refresh");
            before = await PictureAsync(cloud, target);
        }

        await using (var cloud = await FleetCloud.OpenAsync(folder: folder))
        {
            Assert.That(await PictureAsync(cloud, target), Is.EqualTo(before));
            await Wait.UntilAsync(async () => await cloud.HealthAsync(target) is ["healthy", "healthy"], "healthy targets");
        }
    }

    private static async Task<Amazon.AutoScaling.Model.InstanceRefresh> RefreshAsync(FleetCloud cloud) =>
        (await cloud.Groups.DescribeInstanceRefreshesAsync(new() { AutoScalingGroupName = "web" })).InstanceRefreshes[0];

    private static async Task<string> PictureAsync(FleetCloud cloud, string target)
    {
        var balancer = (await cloud.Balancing.DescribeLoadBalancersAsync(new())).LoadBalancers.Single();
        var listeners = (await cloud.Balancing.DescribeListenersAsync(new() { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners;
        object[] all =
        [
            await cloud.GroupAsync("web"),
            (await cloud.Groups.DescribePoliciesAsync(new())).ScalingPolicies,
            (await cloud.Groups.DescribeScheduledActionsAsync(new())).ScheduledUpdateGroupActions,
            (await cloud.Groups.DescribeNotificationConfigurationsAsync(new())).NotificationConfigurations,
            (await cloud.Groups.DescribeLifecycleHooksAsync(new() { AutoScalingGroupName = "web" })).LifecycleHooks,
            (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities,
            await RefreshAsync(cloud),
            balancer,
            listeners,
            (await cloud.Balancing.DescribeRulesAsync(new() { ListenerArn = listeners[0].ListenerArn })).Rules,
            (await cloud.Balancing.DescribeTargetGroupsAsync(new() { TargetGroupArns = [target] })).TargetGroups,
            (await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms,
            (await cloud.EC2.DescribeLaunchTemplateVersionsAsync(new() { LaunchTemplateName = "web" })).LaunchTemplateVersions,
        ];
        return JsonSerializer.Serialize(all);
    }
}
