using System.Collections.Immutable;
using System.Globalization;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Scaling policies as Auto Scaling has them, and as a resource's values.</summary>
internal static class ScalingPolicies
{
    public static ImmutableSortedDictionary<string, string> Values(ScalingPolicy policy) =>
        OfType(policy).SetItem("enabled", policy.Enabled == false ? "false" : "true");

    public static PutScalingPolicyRequest Request(Resource resource)
    {
        var request = new PutScalingPolicyRequest
        {
            AutoScalingGroupName = resource["fleet"],
            PolicyName = resource["name"],
            Enabled = resource["enabled"] != "false",
        };
        switch (resource["type"])
        {
            case "target_tracking":
                request.PolicyType = "TargetTrackingScaling";
                request.EstimatedInstanceWarmup = Number(resource["warmup"]);
                request.TargetTrackingConfiguration = new TargetTrackingConfiguration
                {
                    TargetValue = double.Parse(resource["target"], CultureInfo.InvariantCulture),
                    DisableScaleIn = resource["scale_in"] == "false",
                };
                Metric(request.TargetTrackingConfiguration, resource);
                break;
            case "step":
                request.PolicyType = "StepScaling";
                request.AdjustmentType = resource["adjustment"];
                request.MinAdjustmentMagnitude = Number(resource["min_change"]);
                request.MetricAggregationType = resource["aggregation"];
                request.EstimatedInstanceWarmup = Number(resource["warmup"]);
                request.StepAdjustments = [.. resource["steps"].Split(", ").Select(Step)];
                break;
            default:
                request.PolicyType = "SimpleScaling";
                request.AdjustmentType = resource["adjustment"];
                request.MinAdjustmentMagnitude = Number(resource["min_change"]);
                request.ScalingAdjustment = Number(resource["change"]);
                request.Cooldown = Number(resource["cooldown"]);
                break;
        }

        return request;
    }

    private static ImmutableSortedDictionary<string, string> OfType(ScalingPolicy policy) => policy switch
    {
        { TargetTrackingConfiguration: { } tracking } => Tracking(policy, tracking),
        { PolicyType: "StepScaling" } => Resource.Empty
            .SetItem("type", "step")
            .SetItem("adjustment", policy.AdjustmentType ?? "")
            .SetItem("min_change", Text(policy.MinAdjustmentMagnitude))
            .SetItem("aggregation", policy.MetricAggregationType is { Length: > 0 } aggregation ? aggregation : "Average")
            .SetItem("warmup", Text(policy.EstimatedInstanceWarmup))
            .SetItem("steps", ScalingResources.Steps((policy.StepAdjustments ?? []).Select(step => (
                step.MetricIntervalLowerBound,
                step.MetricIntervalUpperBound,
                step.ScalingAdjustment ?? 0)))),
        _ => Resource.Empty
            .SetItem("type", "simple")
            .SetItem("adjustment", policy.AdjustmentType ?? "")
            .SetItem("min_change", Text(policy.MinAdjustmentMagnitude))
            .SetItem("change", Text(policy.ScalingAdjustment))
            .SetItem("cooldown", Text(policy.Cooldown)),
    };

    private static ImmutableSortedDictionary<string, string> Tracking(ScalingPolicy policy, TargetTrackingConfiguration tracking)
    {
        var values = Resource.Empty
            .SetItem("type", "target_tracking")
            .SetItem("target", ScalingResources.Number(tracking.TargetValue ?? 0))
            .SetItem("scale_in", tracking.DisableScaleIn == true ? "false" : "true")
            .SetItem("warmup", Text(policy.EstimatedInstanceWarmup));
        return tracking.CustomizedMetricSpecification is not { } custom
            ? values
                .SetItem("metric", tracking.PredefinedMetricSpecification?.PredefinedMetricType?.Value ?? "")
                .SetItem("label", tracking.PredefinedMetricSpecification?.ResourceLabel ?? "")
            : values
                .SetItem("metric", custom.MetricName ?? "")
                .SetItem("namespace", custom.Namespace ?? "")
                .SetItem("statistic", custom.Statistic?.Value ?? "")
                .SetItem("unit", custom.Unit ?? "")
                .SetItem("dimensions", AlarmResources.Dimensions((custom.Dimensions ?? []).Select(each => (each.Name, each.Value))));
    }

    private static void Metric(TargetTrackingConfiguration tracking, Resource resource)
    {
        if (resource["namespace"].Length == 0)
        {
            tracking.PredefinedMetricSpecification = new PredefinedMetricSpecification
            {
                PredefinedMetricType = MetricType.FindValue(resource["metric"]),
                ResourceLabel = resource["label"] is { Length: > 0 } label ? label : null,
            };
            return;
        }

        tracking.CustomizedMetricSpecification = new CustomizedMetricSpecification
        {
            MetricName = resource["metric"],
            Namespace = resource["namespace"],
            Statistic = MetricStatistic.FindValue(resource["statistic"]),
            Unit = resource["unit"] is { Length: > 0 } unit ? unit : null,
            Dimensions = [.. DimensionText.Split(resource["dimensions"])
                .Select(each => new MetricDimension { Name = each.Name, Value = each.Value })],
        };
    }

    private static StepAdjustment Step(string text)
    {
        var (range, change) = (text.Split(' ')[0].Split(".."), text.Split(' ')[1]);
        return new StepAdjustment
        {
            MetricIntervalLowerBound = Bound(range[0]),
            MetricIntervalUpperBound = Bound(range[1]),
            ScalingAdjustment = int.Parse(change, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
        };
    }

    private static double? Bound(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static int? Number(string value) =>
        value.Length == 0 ? null : int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
