using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Answers that are always the same, and those that say what new accounts do not have.</summary>
internal static class FixedActions
{
    public static readonly string[] Metrics =
    [
        "GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances",
        "GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances",
    ];

    public static void Register(Router router, AutoScalingTables tables)
    {
        router.Handle<DescribeAccountLimitsRequest, DescribeAccountLimitsResponse>(AutoScalingService.Name, (call, _) => new()
        {
            MaxNumberOfAutoScalingGroups = 500,
            MaxNumberOfLaunchConfigurations = 200,
            NumberOfAutoScalingGroups = tables.Groups.All.Count(each => each.Region == call.Region),
            NumberOfLaunchConfigurations = 0,
        });
        router.Handle<DescribeAdjustmentTypesRequest, DescribeAdjustmentTypesResponse>(AutoScalingService.Name, static (_, _) =>
            new()
            {
                AdjustmentTypes =
                    [new() { Type = "ChangeInCapacity" }, new() { Type = "ExactCapacity" }, new() { Type = "PercentChangeInCapacity" }],
            });
        router.Handle<DescribeTerminationPolicyTypesRequest, DescribeTerminationPolicyTypesResponse>(
            AutoScalingService.Name,
            static (_, _) =>
                new()
                {
                    TerminationPolicyTypes =
                    [
                        "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance", "OldestInstance",
                        "OldestLaunchConfiguration", "OldestLaunchTemplate",
                    ],
                });
        router.Handle<DescribeScalingProcessTypesRequest, DescribeScalingProcessTypesResponse>(AutoScalingService.Name, static (_, _) =>
            new()
            {
                Processes = [.. new[]
                {
                    "AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
                    "ReplaceUnhealthy", "ScheduledActions", "Terminate",
                }
                    .Select(name => new ProcessType { ProcessName = name })],
            });
        router.Handle<DescribeAutoScalingNotificationTypesRequest, DescribeAutoScalingNotificationTypesResponse>(
            AutoScalingService.Name,
            static (_, _) =>
                new()
                {
                    AutoScalingNotificationTypes =
                    [
                        "autoscaling:EC2_INSTANCE_LAUNCH",
                        "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
                        "autoscaling:EC2_INSTANCE_TERMINATE",
                        "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
                        "autoscaling:TEST_NOTIFICATION",
                    ],
                });
        router.Handle<DescribeMetricCollectionTypesRequest, DescribeMetricCollectionTypesResponse>(AutoScalingService.Name, static (_, _) =>
            new()
            {
                Metrics = [.. Metrics.Select(name => new MetricCollectionType { Metric = name })],
                Granularities = [new() { Granularity = "1Minute" }],
            });
        router.Handle<DescribeLifecycleHookTypesRequest, DescribeLifecycleHookTypesResponse>(AutoScalingService.Name, static (_, _) =>
            new() { LifecycleHookTypes = [HookRecord.Launching, HookRecord.Terminating] });
        router.Handle<DescribeLaunchConfigurationsRequest, DescribeLaunchConfigurationsResponse>(
            AutoScalingService.Name,
            static (_, _) => new() { LaunchConfigurations = [] });
        router.Handle<CreateLaunchConfigurationRequest, CreateLaunchConfigurationResponse>(AutoScalingService.Name, static (_, _) =>
            throw new CloudException(
                "UnsupportedOperation",
                "The Launch Configuration creation operation is not available in your account. "
                    + "Use launch templates to create configuration templates for your Auto Scaling groups."));
    }
}
