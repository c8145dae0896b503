using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Alarms;

/// <summary>Judges alarms by their metrics, once new data have come.</summary>
internal sealed class AlarmStates(CloudContext cloud, Table<AlarmRecord> alarms, Metrics metrics)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private const int ChangesKept = 100;
    private DateTimeOffset _looked;

    public void Run(DateTimeOffset now)
    {
        if (now < _looked + s_look && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var alarm in alarms.All.Where(each => each.Settings.MetricName is not null).ToList())
        {
            // Without data after its last change a state stands: so one that was set by hand lasts until the metric speaks again.
            if (metrics.Find(alarm.Region, alarm.Settings.Namespace, alarm.Settings.MetricName, alarm.Settings.Dimensions) is { } series
                && series.Points.Exists(point => point.At > alarm.StateSince)
                && Judge(alarm, series, now) is var (state, reason) && state != alarm.State)
            {
                Set(alarm, state, reason, null, now);
            }
        }
    }

    public void Set(AlarmRecord alarm, string state, string reason, string? data, DateTimeOffset now) => alarms.Put(alarm with
    {
        State = state,
        Reason = reason,
        ReasonData = data,
        StateSince = now,
        Changes = [.. alarm.Changes.Append(new AlarmChange(now, alarm.State, state, reason)).TakeLast(ChangesKept)],
    });

    private (string State, string Reason) Judge(AlarmRecord alarm, Metrics.Series series, DateTimeOffset now)
    {
        var settings = alarm.Settings;
        var period = cloud.Delays.Scaled(TimeSpan.FromSeconds(settings.Period ?? 60));
        var count = settings.EvaluationPeriods ?? 1;
        var values = Enumerable.Range(0, count)
            .Select(back => series.Over(now - ((back + 1) * period), now - (back * period), settings.Statistic?.Value ?? "Average"))
            .ToList();
        var present = values.OfType<double>().ToList();
        var needed = settings.DatapointsToAlarm ?? count;
        var missing = settings.TreatMissingData ?? "missing";
        var breaching = present.Count(value => Breaches(settings.ComparisonOperator?.Value, value, settings.Threshold ?? 0))
            + (missing == "breaching" ? count - present.Count : 0);
        if (breaching >= needed)
        {
            return (
                "ALARM",
                $"Threshold Crossed: {breaching} out of the last {count} datapoints were {settings.ComparisonOperator} "
                    + $"the threshold ({settings.Threshold}).");
        }

        return present.Count == 0 && missing is not ("notBreaching" or "ignore")
            ? ("INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received.")
            : present.Count == 0 && missing == "ignore" ? (alarm.State, alarm.Reason)
            : (
                "OK",
                $"Threshold Crossed: {present.Count - breaching} datapoints were not {settings.ComparisonOperator} the "
                    + $"threshold ({settings.Threshold}).");
    }

    private static bool Breaches(string? comparison, double value, double threshold) => comparison switch
    {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "GreaterThanThreshold" => value > threshold,
        "LessThanThreshold" => value < threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        _ => false,
    };
}
