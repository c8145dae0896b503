using System.Collections.Immutable;
using System.Text.Json;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Alarms;

/// <summary>Judges alarms by their metrics, and carries out what a change of state asks for.</summary>
internal sealed class AlarmStates(CloudContext cloud, Table<AlarmRecord> alarms, Metrics metrics)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private const int ChangesKept = 100;

    private readonly Dictionary<string, DateTimeOffset> _acted = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _opened = cloud.Now;
    private DateTimeOffset _looked;

    /// <summary>Carries out one action of an alarm: what was wrong, or null.</summary>
    public Func<AlarmEvent, string, string?> Act { get; set; } = static (_, arn) => $"The local cloud has no action {arn}";

    /// <summary>Whether an action is carried out again for as long as the alarm lasts, as scaling policies are.</summary>
    public Func<string, bool> Repeats { get; set; } = static _ => false;

    public void Run(DateTimeOffset now)
    {
        if (now < _looked + s_look && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var alarm in alarms.All.Where(each => each.Settings.MetricName is not null).ToList())
        {
            var series = metrics.Find(alarm.Region, alarm.Settings.Namespace, alarm.Settings.MetricName, alarm.Settings.Dimensions);
            if (alarm.IsSetByHand && series?.Points.Exists(point => point.At > alarm.StateSince) != true)
            {
                // A state that was set by hand lasts until the metric speaks again.
                continue;
            }

            var judged = Judge(alarm, series, now);
            if (judged.State != alarm.State)
            {
                Set(alarm, judged, now, byHand: false);
            }
            else if (alarm.State == "ALARM" && alarm.ActionsEnabled)
            {
                Repeat(alarm, judged, now);
            }
        }
    }

    /// <summary>Puts an alarm into a state by hand.</summary>
    public void Set(AlarmRecord alarm, string state, string reason, string? data, DateTimeOffset now) =>
        Set(alarm, new Judgement(state, reason) { Data = data }, now, byHand: true);

    private void Set(AlarmRecord alarm, Judgement judged, DateTimeOffset now, bool byHand)
    {
        var changed = alarm with
        {
            State = judged.State,
            Reason = judged.Reason,
            ReasonData = judged.Data,
            StateSince = now,
            IsSetByHand = byHand,
            Changes = With(alarm, new AlarmChange(now, alarm.State, judged.State, judged.Reason)),
        };
        alarms.Put(changed);
        if (judged.State != alarm.State && alarm.ActionsEnabled)
        {
            Carry(changed, alarm.State, judged.Value, ActionsOf(alarm.Settings, judged.State), now);
        }
    }

    private void Repeat(AlarmRecord alarm, Judgement judged, DateTimeOffset now)
    {
        var again = ActionsOf(alarm.Settings, alarm.State).FindAll(each => Repeats(each));
        var period = cloud.Delays.Scaled(TimeSpan.FromSeconds(alarm.Settings.Period ?? 60));
        if (again.Count > 0 && now >= _acted.GetValueOrDefault(alarm.Id) + period)
        {
            Carry(alarm, alarm.State, judged.Value, again, now);
        }
    }

    private void Carry(AlarmRecord alarm, string from, double? value, List<string> actions, DateTimeOffset now)
    {
        _acted[alarm.Id] = now;
        foreach (var arn in actions)
        {
            var error = Act(new AlarmEvent(alarm, from, value, now), arn);
            if (alarms.Find(alarm.Id) is { } current && (from != alarm.State || error is not null))
            {
                alarms.Put(current with
                {
                    Changes = With(current, new AlarmChange(now, from, alarm.State, error ?? "")
                    {
                        Kind = "Action",
                        Summary = error is null ? $"Successfully executed action {arn}" : $"Failed to execute action {arn}. {error}",
                    }),
                });
            }
        }
    }

    private static List<string> ActionsOf(PutMetricAlarmRequest settings, string state) => state switch
    {
        "ALARM" => settings.AlarmActions,
        "OK" => settings.OKActions,
        _ => settings.InsufficientDataActions,
    } ?? [];

    private static ImmutableArray<AlarmChange> With(AlarmRecord alarm, AlarmChange change) =>
        [.. alarm.Changes.Append(change).TakeLast(ChangesKept)];

    private Judgement Judge(AlarmRecord alarm, Metrics.Series? series, DateTimeOffset now)
    {
        var settings = alarm.Settings;
        var period = cloud.Delays.Scaled(TimeSpan.FromSeconds(settings.Period ?? 60));
        var data = AlarmData.Of(settings, series, now, period);

        // Data are in memory: what was before the cloud was opened is not missing, it is forgotten.
        var isForgotten = data.Present.IsEmpty && now < _opened + (period * (settings.EvaluationPeriods ?? 1));
        return isForgotten || data.Judge(settings) is not { } state
            ? new Judgement(alarm.State, alarm.Reason) { Value = data.Newest }
            : new Judgement(state, data.ReasonFor(state, settings)) { Value = data.Newest, Data = DataOf(settings, data, now) };
    }

    private static string DataOf(PutMetricAlarmRequest settings, AlarmData data, DateTimeOffset now) => JsonSerializer.Serialize(
        new AlarmReasonData
        {
            QueryDate = AlarmReasonData.Text(now),
            Statistic = settings.Statistic?.Value ?? settings.ExtendedStatistic,
            Period = settings.Period ?? 60,
            RecentDatapoints = [.. data.Present.Select(each => each.Value)],
            Threshold = settings.Threshold ?? 0,
            StartDate = AlarmReasonData.Text(data.Present.Select(each => each.At).FirstOrDefault(now)),
        },
        AlarmDataJson.Default.AlarmReasonData);

    private sealed record Judgement(string State, string Reason)
    {
        public string? Data { get; init; }

        public double? Value { get; init; }
    }
}
