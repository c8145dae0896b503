using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>
/// Carries out scaling policies ("Dynamic scaling", Amazon EC2 Auto Scaling): when an alarm asks for it, or a user does.
/// </summary>
internal sealed class Scaler(AutoScalingService service, AlarmService alarms)
{
    private readonly AutoScalingTables _tables = service.Tables;

    /// <summary>What an alarm's action does to the group of its policy.</summary>
    /// <returns>Why nothing could be done; null where it was, or where there was nothing to do.</returns>
    public string? Alarmed(AlarmEvent alarm, string policyArn)
    {
        var (group, policy) = _tables.Groups.All
            .Where(each => each.Region == alarm.Alarm.Region)
            .SelectMany(each => each.Policies.Select(one => (Group: each, Policy: one)))
            .FirstOrDefault(each => each.Policy.PolicyARN == policyArn);
        if (policy is null)
        {
            return $"No scaling policy found for policy ARN: {policyArn}";
        }

        if (group.Status is not null || !group.Allows("AlarmNotification"))
        {
            return group.Status is not null
                ? $"The group {group.Name} is being deleted"
                : $"The process AlarmNotification of the group {group.Name} is suspended";
        }

        if (policy.Enabled == false)
        {
            return null;
        }

        var cause = $"a monitor alarm {alarm.Alarm.Name} in state {alarm.Alarm.State} triggered policy {policy.PolicyName}";
        try
        {
            Execute(group, policy, alarm.Value, alarm.Alarm.Settings.Threshold, cause, alarm.At);
            return null;
        }
        catch (CloudException error)
        {
            return error.Message;
        }
    }

    private void Execute(GroupRecord group, ScalingPolicy policy, double? value, double? threshold, string cause, DateTimeOffset now)
    {
        var wanted = policy.PolicyType switch
        {
            "StepScaling" => Stepped(group, policy, (value ?? 0) - (threshold ?? 0), now),
            "TargetTrackingScaling" => Tracked(group, policy, value, now),
            _ => Simple(group, policy, now),
        };
        if (wanted is { } size && Math.Clamp(size, group.Min, group.Max) is var next && next != group.Desired)
        {
            service.Put(Sizes.Change(group, null, null, next, now, cause), now);
        }
    }

    /// <summary>What an adjustment makes of a capacity.</summary>
    public static int Adjusted(ScalingPolicy policy, int capacity, int by) => policy.AdjustmentType switch
    {
        "ExactCapacity" => by,
        "PercentChangeInCapacity" => capacity + Percent(capacity, by, policy.MinAdjustmentMagnitude ?? 1),
        _ => capacity + by,
    };

    // One at a time, and none before its cooldown is over.
    private int? Simple(GroupRecord group, ScalingPolicy policy, DateTimeOffset now) =>
        now < group.ScaledAt + service.Scaled(policy.Cooldown ?? group.Cooldown) || service.Activities.AnyOpen(group)
            ? null
            : Adjusted(policy, group.Desired, policy.ScalingAdjustment ?? 0);

    // What warms up counts already: a second alarm asks for what is lacking beside it, and nothing shrinks meanwhile.
    private int? Stepped(GroupRecord group, ScalingPolicy policy, double breach, DateTimeOffset now)
    {
        var by = StepOf(policy, breach);
        var warming = Warming(group, policy, now);
        var wanted = Adjusted(policy, policy.AdjustmentType == "ExactCapacity" ? group.Desired : group.Desired - warming, by);
        return wanted > group.Desired || warming == 0 ? wanted : null;
    }

    private int? Tracked(GroupRecord group, ScalingPolicy policy, double? value, DateTimeOffset now)
    {
        var target = policy.TargetTrackingConfiguration.TargetValue ?? 0;
        if (value is not { } measured || target <= 0 || group.Desired == 0)
        {
            return null;
        }

        var warming = Warming(group, policy, now);
        var serving = Math.Max(1, group.Desired - warming);
        if (measured > target)
        {
            return Math.Max(group.Desired, (int)Math.Ceiling(serving * measured / target));
        }

        // A group shrinks only where every policy agrees, and to what the most cautious of them asks for.
        return warming > 0 || policy.TargetTrackingConfiguration.DisableScaleIn == true || OthersNeedIt(group, policy)
            ? null
            : Math.Min(group.Desired, Math.Max(1, (int)Math.Ceiling(serving * measured / target)));
    }

    private bool OthersNeedIt(GroupRecord group, ScalingPolicy policy) => group.Policies.Any(each =>
        each != policy
        && each is { PolicyType: "TargetTrackingScaling", Enabled: not false, TargetTrackingConfiguration.DisableScaleIn: not true }
        && each.Alarms?.Find(alarm => alarm.AlarmName.Contains(TrackingAlarms.Low, StringComparison.Ordinal)) is { } low
        && !alarms.IsInAlarm(group.Region, low.AlarmName));

    private int Warming(GroupRecord group, ScalingPolicy policy, DateTimeOffset now)
    {
        var warmup = service.Scaled(policy.EstimatedInstanceWarmup ?? group.Warmup ?? group.Cooldown);
        var members = _tables.MembersByGroup[group.Id].Where(each => each.Counts).ToList();
        return members.Where(each => each.IsPending || now < each.InServiceAt + warmup).Sum(each => each.Weight)
            + Math.Max(0, group.Desired - members.Sum(each => each.Weight));
    }

    /// <exception cref="CloudException">No step is for a breach of this size.</exception>
    public static int StepOf(ScalingPolicy policy, double breach) => (policy.StepAdjustments ?? [])
        .Find(step => breach >= (step.MetricIntervalLowerBound ?? double.MinValue)
            && breach < (step.MetricIntervalUpperBound ?? double.MaxValue))?.ScalingAdjustment
        ?? throw new CloudException(
            "ValidationError",
            string.Create(
                CultureInfo.InvariantCulture,
                $"No step adjustment was found for the metric value and breach threshold: they differ by {breach}"));

    private static int Percent(int desired, int by, int least)
    {
        var change = (int)Math.Round(desired * by / 100.0, MidpointRounding.ToZero);
        return Math.Abs(change) >= least ? change : Math.Sign(by) * least;
    }
}
