using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>
/// Alarms that neither Baker nor Auto Scaling made, and that point at an Auto Scaling group: they watch it, or ring one of its policies.
/// </summary>
public static class OwnAlarms
{
    private const string Dimension = "AutoScalingGroupName";

    /// <summary>Their names.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(FleetContext context, string fleet, CancellationToken stop) =>
        [.. (await FindAsync(context, fleet, stop).ConfigureAwait(false)).Select(alarm => alarm.AlarmName).Order(StringComparer.Ordinal)];

    internal static async Task MoveAsync(FleetRun run, string from, string to, CancellationToken stop)
    {
        var context = run.Context;
        var alarms = await FindAsync(context, from, stop).ConfigureAwait(false);
        if (alarms.Count == 0)
        {
            return;
        }

        var (old, fresh) = (
            await PoliciesAsync(context, from, stop).ConfigureAwait(false),
            await PoliciesAsync(context, to, stop).ConfigureAwait(false));
        var arns = old
            .Where(policy => fresh.ContainsKey(policy.Key))
            .ToDictionary(policy => policy.Value, policy => fresh[policy.Key], StringComparer.Ordinal);
        foreach (var alarm in alarms)
        {
            var request = FleetCopy.Request(alarm, arns, from, to);
            request.AlarmName = alarm.AlarmName;
            await context.Pacer.SendAsync(context.Clients.CloudWatch.PutMetricAlarmAsync, request, stop).ConfigureAwait(false);
            context.Say($"  the alarm {alarm.AlarmName} points at {to} now");
        }

        // The policies of the new group are rung by the alarms themselves from now on, and not by their copies as well.
        await FleetCopy.DeleteCopiesAsync(context, to, [.. alarms.Select(alarm => alarm.AlarmName)], stop).ConfigureAwait(false);
    }

    private static async Task<List<MetricAlarm>> FindAsync(FleetContext context, string fleet, CancellationToken stop)
    {
        var policy = $":autoScalingGroupName/{fleet}:";
        return (await FleetCopy.FindAsync(context, new DescribeAlarmsRequest { AlarmTypes = ["MetricAlarm"] }, stop).ConfigureAwait(false))
            .FindAll(alarm => !IsMade(alarm.AlarmName) && (Dimensions(alarm).Any(each => each.Name == Dimension && each.Value == fleet)
                || Actions(alarm).Any(action => action.Contains(policy, StringComparison.Ordinal))));
    }

    private static bool IsMade(string name) =>
        name.StartsWith("baker/", StringComparison.Ordinal)
        || name.StartsWith(AlarmResources.Prefix, StringComparison.Ordinal)
        || name.StartsWith("TargetTracking-", StringComparison.Ordinal);

    private static IEnumerable<Dimension> Dimensions(MetricAlarm alarm) => (alarm.Dimensions ?? [])
        .Concat((alarm.Metrics ?? []).SelectMany(each => each.MetricStat?.Metric?.Dimensions ?? []));

    private static IEnumerable<string> Actions(MetricAlarm alarm) =>
        (alarm.AlarmActions ?? []).Concat(alarm.OKActions ?? []).Concat(alarm.InsufficientDataActions ?? []);

    private static async Task<Dictionary<string, string>> PoliciesAsync(FleetContext context, string fleet, CancellationToken stop)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (await new FleetReader(context).FindAsync(fleet, stop).ConfigureAwait(false) is null)
        {
            return found;
        }

        var request = new DescribePoliciesRequest { AutoScalingGroupName = fleet, MaxRecords = 100 };
        var pages = context.Pacer.PagesAsync(
            context.Clients.AutoScaling.DescribePoliciesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var policy in page.ScalingPolicies ?? [])
            {
                found[policy.PolicyName] = policy.PolicyARN;
            }
        }

        return found;
    }
}
