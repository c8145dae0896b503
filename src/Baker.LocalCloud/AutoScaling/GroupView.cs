using Amazon.AutoScaling.Model;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Groups, instances and activities as Auto Scaling shows them.</summary>
internal sealed class GroupView(AutoScalingTables tables, Launcher launcher)
{
    public AutoScalingGroup Of(GroupRecord group, bool withInstances = true) => new()
    {
        AutoScalingGroupName = group.Name,
        AutoScalingGroupARN = group.Arn,
        CreatedTime = group.CreatedAt.UtcDateTime,
        MinSize = group.Min,
        MaxSize = group.Max,
        DesiredCapacity = group.Desired,
        LaunchTemplate = group.Template,
        MixedInstancesPolicy = group.Mixed,
        AvailabilityZones = group.Zones.IsEmpty ? [.. launcher.ZonesOf(group).Select(each => each.Zone).Distinct()] : [.. group.Zones],
        VPCZoneIdentifier = string.Join(',', group.Subnets),
        TargetGroupARNs = [.. group.TargetGroups],
        TrafficSources = [.. group.TargetGroups.Select(arn => new TrafficSourceIdentifier { Identifier = arn, Type = "elbv2" })],
        LoadBalancerNames = [],
        HealthCheckType = group.HealthCheckType,
        HealthCheckGracePeriod = group.Grace,
        DefaultCooldown = group.Cooldown,
        DefaultInstanceWarmup = group.Warmup,
        TerminationPolicies = [.. group.TerminationPolicies],
        NewInstancesProtectedFromScaleIn = group.ProtectsNew,
        ServiceLinkedRoleARN = "arn:aws:iam::000000000000:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        MaxInstanceLifetime = group.MaxLifetime,
        CapacityRebalance = group.Rebalances,
        InstanceMaintenancePolicy = group.Maintenance,
        DeletionProtection = group.DeletionProtection is null ? null : new(group.DeletionProtection),
        PlacementGroup = group.PlacementGroup,
        Context = group.Context,
        DesiredCapacityType = group.DesiredType,
        SuspendedProcesses = [.. group.Suspended.Select(each =>
            new SuspendedProcess { ProcessName = each.Key, SuspensionReason = each.Value })],
        EnabledMetrics = [.. group.Metrics.Select(each => new EnabledMetric { Metric = each, Granularity = "1Minute" })],
        Status = group.Status,
        Tags = [.. group.Tags.Select(tag => Tag(group, tag))],
        WarmPoolConfiguration = WarmPoolActions.Show(group.WarmPool),
        WarmPoolSize = group.WarmPool is null ? null : tables.MembersByGroup[group.Id].Count(each => each.IsWarm),
        Instances = withInstances ? [.. tables.MembersOf(group).Where(each => !each.IsWarm).Select(Of)] : [],
    };

    public static Instance Of(MemberRecord member) => new()
    {
        InstanceId = member.Id,
        InstanceType = member.InstanceType,
        AvailabilityZone = member.Zone,
        LifecycleState = member.WasWarm ? MemberRecord.Warmed + member.State : member.State,
        HealthStatus = member.Health,
        LaunchTemplate = member.Template,
        ImageId = member.ImageId,
        ProtectedFromScaleIn = member.IsProtected,
        WeightedCapacity = member.WeightText,
    };

    public static TagDescription Tag(GroupRecord group, GroupTag tag) => new()
    {
        ResourceId = group.Name,
        ResourceType = "auto-scaling-group",
        Key = tag.Key,
        Value = tag.Value,
        PropagateAtLaunch = tag.Propagates,
    };

    public static Activity Of(ActivityRecord activity) => new()
    {
        ActivityId = activity.Id,
        AutoScalingGroupName = activity.GroupName,
        AutoScalingGroupARN = activity.GroupArn,
        Description = activity.Description,
        Cause = activity.Cause,
        StartTime = activity.StartedAt.UtcDateTime,
        EndTime = activity.EndedAt?.UtcDateTime,
        StatusCode = activity.Status,
        StatusMessage = activity.Message,
        Progress = activity.Progress,
        Details = activity.Zone is null ? "{}" : $"{{\"Availability Zone\":\"{activity.Zone}\"}}",
    };

    /// <summary>How far a target group has followed its attachment; InService means one healthy instance, not all.</summary>
    public static string StateOf(GroupRecord group, BalancingTables balancing, IEnumerable<MemberRecord> members, string arn)
    {
        var registered = balancing.TargetsByGroup[arn]
            .Where(each => !each.IsDraining)
            .GroupBy(each => each.Target)
            .ToDictionary(same => same.Key, same => same.First());
        var inService = members.Where(each => each.GroupId == group.Id && each.State == "InService").ToList();
        return inService.Exists(each => registered.GetValueOrDefault(each.Id)?.State == "healthy") ? "InService"
            : inService.TrueForAll(each => registered.ContainsKey(each.Id)) ? "Added"
            : "Adding";
    }
}
