using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>What a scaling policy must be (PutScalingPolicy in Auto Scaling's API reference).</summary>
internal static class PolicyChecks
{
    private static readonly string[] s_adjustments = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];

    /// <exception cref="CloudException">It is none.</exception>
    public static void Check(ScalingPolicy policy)
    {
        double?[] numbers =
        [
            policy.TargetTrackingConfiguration?.TargetValue,
            .. (policy.StepAdjustments ?? []).SelectMany(step => new[] { step.MetricIntervalLowerBound, step.MetricIntervalUpperBound }),
        ];
        if (numbers.FirstOrDefault(number => number is { } given && !double.IsFinite(given)) is { } none)
        {
            throw Wrong(FormattableString.Invariant($"{none} is no number that a scaling policy may have."));
        }

        switch (policy.PolicyType)
        {
            case "SimpleScaling":
                if (policy.AdjustmentType is null || policy.ScalingAdjustment is null)
                {
                    throw Wrong("A simple scaling policy needs AdjustmentType and ScalingAdjustment.");
                }

                Without(policy.StepAdjustments is { Count: > 0 }, "StepAdjustments", policy);
                break;
            case "StepScaling":
                CheckSteps(policy);
                Without(policy.ScalingAdjustment is not null, "ScalingAdjustment", policy);
                Without(policy.Cooldown is not null, "Cooldown", policy);
                break;
            case "TargetTrackingScaling":
                if (policy.TargetTrackingConfiguration?.TargetValue is not > 0)
                {
                    throw Wrong("A target tracking policy needs TargetTrackingConfiguration with a TargetValue above 0.");
                }

                Without(policy.AdjustmentType is not null, "AdjustmentType", policy);
                Without(policy.StepAdjustments is { Count: > 0 }, "StepAdjustments", policy);
                Without(policy.ScalingAdjustment is not null, "ScalingAdjustment", policy);
                return;
            case "PredictiveScaling":
                throw Wrong("The local cloud predicts nothing: it has no predictive scaling.");
            default:
                throw Wrong(
                    $"Policy type '{policy.PolicyType}' must be SimpleScaling, StepScaling, TargetTrackingScaling or PredictiveScaling.");
        }

        if (!s_adjustments.Contains(policy.AdjustmentType))
        {
            throw Wrong($"Adjustment type '{policy.AdjustmentType}' must be one of {string.Join(", ", s_adjustments)}.");
        }

        Without(
            policy.MinAdjustmentMagnitude is not null && policy.AdjustmentType != "PercentChangeInCapacity",
            "MinAdjustmentMagnitude",
            policy);
        Without(policy.TargetTrackingConfiguration is not null, "TargetTrackingConfiguration", policy);
    }

    private static void CheckSteps(ScalingPolicy policy)
    {
        var steps = (policy.StepAdjustments ?? [])
            .OrderBy(each => each.MetricIntervalLowerBound ?? double.MinValue)
            .ToList();
        if (steps.Count == 0 || policy.AdjustmentType is null || steps.Exists(each => each.ScalingAdjustment is null))
        {
            throw Wrong("A step scaling policy needs AdjustmentType, and StepAdjustments with a ScalingAdjustment each.");
        }

        for (var i = 0; i < steps.Count; i++)
        {
            var (low, high) = (steps[i].MetricIntervalLowerBound, steps[i].MetricIntervalUpperBound);
            if ((low is null && high is null) || low >= high)
            {
                throw Wrong("Each step adjustment needs a lower bound below its upper bound.");
            }

            if ((i == 0 && low < 0) || (i == steps.Count - 1 && high > 0))
            {
                throw Wrong("There must be a step adjustment without a lower bound below 0, and one without an upper bound above 0.");
            }

            if (i > 0 && steps[i - 1].MetricIntervalUpperBound != low)
            {
                throw Wrong("Step adjustments must not overlap, and must not leave a gap between them.");
            }
        }
    }

    private static void Without(bool isThere, string member, ScalingPolicy policy)
    {
        if (isThere)
        {
            var with = policy.AdjustmentType is null ? "" : $" with {policy.AdjustmentType}";
            throw Wrong($"{member} is not supported for the policy type {policy.PolicyType}{with}.");
        }
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);
}
