using System.Collections.Immutable;
using System.Text;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Communicators;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>Waits for a group's health, and says why each straggler is not there.</summary>
public sealed class HealthWait(FleetContext context)
{
    /// <summary>The instances were asked for a little before they are waited for.</summary>
    private static readonly TimeSpan s_before = TimeSpan.FromMinutes(1);

    /// <summary>CloudWatch tells of that many alarms at once.</summary>
    private const int AlarmsPerCall = 100;

    private readonly FleetReader _reader = new(context);

    private DateTimeOffset Now => context.Clock.UtcNow;

    /// <exception cref="UnhealthyException">It did not become healthy; the message has the reasons.</exception>
    public async Task UntilHealthyAsync(string name, ImmutableArray<string> alarms, CancellationToken stop)
    {
        var failures = new LaunchFailures(context);
        var began = Now - s_before;
        var say = context.SayChanges();
        HealthVerdict verdict = null!;
        if (!await context.UntilAsync(IsHealthyAsync, context.HealthLimit, stop).ConfigureAwait(false))
        {
            await GiveUpAsync(
                $"after {DurationText.Of(context.HealthLimit)} {verdict.Healthy} of {verdict.Wanted} are healthy").ConfigureAwait(false);
        }

        async Task<bool> IsHealthyAsync()
        {
            var groups = await TargetGroupsAsync(name, stop).ConfigureAwait(false);
            var view = await LookAsync(name, groups, stop).ConfigureAwait(false);
            verdict = HealthVerdict.Of(view, groups);
            context.ReportHealth(view, groups, verdict.Wanted);
            if (verdict.IsReached)
            {
                context.Say($"  {verdict.Healthy} of {verdict.Wanted} healthy");
                return true;
            }

            say($"  {verdict.Healthy} of {verdict.Wanted} healthy" + (verdict.Stragglers.IsEmpty
                ? ""
                : "; " + string.Join("; ", verdict.Stragglers.Take(5).Select(pair => $"{pair.Instance} {pair.Reason}"))));
            var since = view.Created > began ? view.Created : began;
            if ((await failures.LookAsync(name, verdict.Wanted, since, stop).ConfigureAwait(false)
                ?? await RingingAsync(alarms, stop).ConfigureAwait(false)) is { } hopeless)
            {
                await GiveUpAsync(hopeless).ConfigureAwait(false);
            }

            return false;
        }

        async Task GiveUpAsync(string why) =>
            throw new UnhealthyException(await ReportAsync(name, why, verdict, failures, stop).ConfigureAwait(false));
    }

    /// <summary>Watches a group that is healthy until the time comes.</summary>
    /// <exception cref="UnhealthyException">It fell below <paramref name="wanted"/>, or an alarm went off.</exception>
    public async Task StayHealthyAsync(
        string name,
        int wanted,
        ImmutableArray<string> alarms,
        Func<Task<bool>> isOver,
        CancellationToken stop)
    {
        var bad = 0;
        await context.UntilAsync(IsOverAsync, stop).ConfigureAwait(false);

        async Task<bool> IsOverAsync()
        {
            var groups = await TargetGroupsAsync(name, stop).ConfigureAwait(false);
            var view = await LookAsync(name, groups, stop).ConfigureAwait(false);
            var healthy = view.HealthyCount(groups);
            var alarm = await RingingAsync(alarms, stop).ConfigureAwait(false);
            var least = Math.Min(wanted, Capacity.TryParse(view.Tags.GetValueOrDefault(FleetTags.Size))?.Desired ?? wanted);
            bad = healthy < least ? bad + 1 : 0;
            context.ReportHealth(view, groups, least);

            // Twice in a row: a single look may meet a load balancer between two of its checks.
            if (alarm is not null || bad >= 2)
            {
                var failures = new LaunchFailures(context);
                await failures.LookAsync(name, wanted, Now - context.HealthLimit, stop).ConfigureAwait(false);
                throw new UnhealthyException(await ReportAsync(
                    name,
                    alarm ?? $"only {healthy} of {wanted} instances are still healthy",
                    HealthVerdict.Of(view, groups),
                    failures,
                    stop).ConfigureAwait(false));
            }

            return bad == 0 && await isOver().ConfigureAwait(false);
        }
    }

    /// <summary>The first of these alarms that is in ALARM, as a reason; null where none is.</summary>
    public async Task<string?> RingingAsync(ImmutableArray<string> alarms, CancellationToken stop)
    {
        if (alarms.IsEmpty)
        {
            return null;
        }

        var reply = await context.Pacer.SendAsync(
            context.Clients.CloudWatch.DescribeAlarmsAsync,
            new DescribeAlarmsRequest { AlarmNames = [.. alarms], AlarmTypes = ["MetricAlarm", "CompositeAlarm"] },
            stop).ConfigureAwait(false);
        var metric = (reply.MetricAlarms ?? []).Find(alarm => alarm.StateValue == StateValue.ALARM);
        var composite = (reply.CompositeAlarms ?? []).Find(alarm => alarm.StateValue == StateValue.ALARM);
        return metric is not null ? $"the alarm {metric.AlarmName} went off: {metric.StateReason}"
            : composite is not null ? $"the alarm {composite.AlarmName} went off: {composite.StateReason}" : null;
    }

    /// <summary>Those of these alarms that there are not: they never go off.</summary>
    public async Task<ImmutableArray<string>> MissingAsync(ImmutableArray<string> alarms, CancellationToken stop)
    {
        var missing = alarms.Distinct().ToList();
        foreach (var names in missing.Chunk(AlarmsPerCall))
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.CloudWatch.DescribeAlarmsAsync,
                new DescribeAlarmsRequest
                {
                    AlarmNames = [.. names],
                    AlarmTypes = ["MetricAlarm", "CompositeAlarm"],
                    MaxRecords = AlarmsPerCall,
                },
                stop).ConfigureAwait(false);
            missing = [.. missing
                .Except((reply.MetricAlarms ?? []).Select(alarm => alarm.AlarmName))
                .Except((reply.CompositeAlarms ?? []).Select(alarm => alarm.AlarmName))];
        }

        return [.. missing];
    }

    public async Task<ImmutableArray<string>> TargetGroupsAsync(string name, CancellationToken stop) =>
        [.. (await _reader.FindAsync(name, stop).ConfigureAwait(false))?.TargetGroupARNs ?? []];

    private async Task<FleetView> LookAsync(string name, ImmutableArray<string> groups, CancellationToken stop) =>
        await _reader.LookAsync(name, groups, stop).ConfigureAwait(false) ?? throw new UnhealthyException($"{name} is gone.");

    private async Task<string> ReportAsync(
        string name,
        string reason,
        HealthVerdict verdict,
        LaunchFailures failures,
        CancellationToken stop)
    {
        var text = new StringBuilder().Append(name).Append(": ").Append(reason);
        if (failures.Last is not null)
        {
            text.Append("\n  last activity: ").Append(failures.Last);
        }

        var sick = verdict.Stragglers.Take(10).ToList();
        if (failures.Replaced is { } replaced)
        {
            var seen = sick.Find(pair => pair.Instance == replaced).Reason; // before it was replaced
            sick.RemoveAll(pair => pair.Instance == replaced);
            sick.Insert(0, (replaced, $"{seen ?? "replaced"}; {await EndOfAsync(replaced, stop).ConfigureAwait(false)}"));
        }

        foreach (var (instance, why) in sick)
        {
            text.Append("\n  ").Append(instance).Append(": ").Append(why);
            var lines = await InstanceConsole.LastLinesAsync(context.Clients, context.Pacer, instance, 8, stop).ConfigureAwait(false);
            foreach (var line in lines)
            {
                text.Append("\n    | ").Append(line);
            }
        }

        return text.ToString();
    }

    /// <summary>What EC2 says of an instance that has stopped.</summary>
    private async Task<string> EndOfAsync(string instance, CancellationToken stop)
    {
        try
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.EC2.DescribeInstancesAsync,
                new DescribeInstancesRequest { InstanceIds = [instance] },
                stop).ConfigureAwait(false);
            var found = reply.Reservations?.SelectMany(reservation => reservation.Instances).FirstOrDefault();
            return $"it is {found?.State?.Name?.Value ?? "gone"}. {found?.StateReason?.Message}".TrimEnd();
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidInstanceID.NotFound")
        {
            return "it is gone.";
        }
    }
}
