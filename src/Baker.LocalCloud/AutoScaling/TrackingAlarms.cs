using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.Routing;
using Alarm = Amazon.AutoScaling.Model.Alarm;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>The two alarms that Auto Scaling makes for a target tracking policy, and takes away with it.</summary>
internal sealed class TrackingAlarms(AlarmService alarms)
{
    public const string Low = "-AlarmLow-";

    private const string High = "-AlarmHigh-";

    // Quick to grow, slow to shrink, as AWS makes them.
    private const int HighPeriods = 3;
    private const int LowPeriods = 15;
    private const double LowShare = 0.9;

    /// <exception cref="CloudException">The policy names no metric that can be followed.</exception>
    public List<Alarm> Make(Call call, GroupRecord group, ScalingPolicy policy)
    {
        var tracking = policy.TargetTrackingConfiguration;
        var metric = MetricOf(group, tracking);
        List<Alarm> made = [Put(High, "GreaterThanThreshold", HighPeriods, tracking.TargetValue!.Value)];
        if (tracking.DisableScaleIn != true)
        {
            made.Add(Put(Low, "LessThanThreshold", LowPeriods, tracking.TargetValue.Value * LowShare));
        }

        return made;

        Alarm Put(string kind, string comparison, int periods, double threshold)
        {
            var name = $"TargetTracking-{group.Name}{kind}{Guid.NewGuid()}";
            alarms.Actions.Put(call, new PutMetricAlarmRequest
            {
                AlarmName = name,
                AlarmDescription = $"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.PolicyARN}.",
                AlarmActions = [policy.PolicyARN],
                Namespace = metric.Namespace,
                MetricName = metric.Name,
                Dimensions = metric.Dimensions,
                Statistic = metric.Statistic,
                Period = metric.Period,
                EvaluationPeriods = periods,
                Threshold = threshold,
                ComparisonOperator = comparison,
            });
            return new Alarm { AlarmName = name, AlarmARN = AlarmService.ArnOf(call, name) };
        }
    }

    public void Remove(string region, ScalingPolicy policy)
    {
        if (policy.PolicyType == "TargetTrackingScaling")
        {
            alarms.Actions.Remove(region, (policy.Alarms ?? []).Select(each => each.AlarmName));
        }
    }

    private static (string Namespace, string Name, List<Dimension> Dimensions, string Statistic, int Period) MetricOf(
        GroupRecord group,
        TargetTrackingConfiguration tracking)
    {
        List<Dimension> own = [new() { Name = "AutoScalingGroupName", Value = group.Name }];
        switch (tracking)
        {
            case { PredefinedMetricSpecification: { } predefined, CustomizedMetricSpecification: null }:
                return predefined.PredefinedMetricType?.Value switch
                {
                    "ASGAverageCPUUtilization" => ("AWS/EC2", "CPUUtilization", own, "Average", 60),
                    "ASGAverageNetworkIn" => ("AWS/EC2", "NetworkIn", own, "Average", 60),
                    "ASGAverageNetworkOut" => ("AWS/EC2", "NetworkOut", own, "Average", 60),
                    "ALBRequestCountPerTarget" => (
                        "AWS/ApplicationELB", "RequestCountPerTarget", [TargetGroupOf(group, predefined.ResourceLabel)], "Sum", 60),
                    var other => throw Wrong($"Predefined metric type '{other}' is not supported"),
                };
            case { CustomizedMetricSpecification: { } custom, PredefinedMetricSpecification: null }:
                return custom switch
                {
                    { Metrics.Count: > 0 } => throw Wrong("The local cloud evaluates no metric expressions."),
                    { MetricName: { } name, Namespace: { } space, Statistic: { } statistic } => (
                        space,
                        name,
                        [.. (custom.Dimensions ?? []).Select(each => new Dimension { Name = each.Name, Value = each.Value })],
                        statistic.Value,
                        custom.Period ?? 60),
                    _ => throw Wrong("A customized metric needs MetricName, Namespace and Statistic"),
                };
            default:
                throw Wrong("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified");
        }
    }

    // app/NAME/ID/targetgroup/NAME/ID, the latter half of which the metric has.
    private static Dimension TargetGroupOf(GroupRecord group, string? label)
    {
        if (label?.Split('/') is not ["app", _, _, "targetgroup", var name, var id])
        {
            throw Wrong($"Resource label '{label}' must have the form app/NAME/ID/targetgroup/NAME/ID");
        }

        return group.TargetGroups.Any(each => each.EndsWith($":targetgroup/{name}/{id}", StringComparison.Ordinal))
            ? new Dimension { Name = "TargetGroup", Value = $"targetgroup/{name}/{id}" }
            : throw Wrong($"The target group of the resource label '{label}' is not attached to the group {group.Name}");
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);
}
