using System.Collections.Immutable;
using System.Globalization;
using Amazon.CloudWatch.Model;

namespace Baker.LocalCloud.Alarms;

/// <summary>
/// The datapoints that an alarm is judged by: the newest of a few periods more than it evaluates, so that those present count
/// before those that are missing ("Configuring how CloudWatch alarms treat missing data").
/// </summary>
internal sealed class AlarmData
{
    private const int More = 2;

    private readonly int _count;
    private readonly double _samples;

    private AlarmData(ImmutableArray<(DateTimeOffset At, int Age, double Value)> present, int count, double samples) =>
        (Present, _count, _samples) = (present, count, samples);

    /// <summary>Those that are there, the oldest first; the newest period has the age 1.</summary>
    public ImmutableArray<(DateTimeOffset At, int Age, double Value)> Present { get; }

    public double? Newest => Present.IsEmpty ? null : Present[^1].Value;

    public static AlarmData Of(PutMetricAlarmRequest settings, Metrics.Series? series, DateTimeOffset now, TimeSpan period)
    {
        var count = settings.EvaluationPeriods ?? 1;
        var found = new List<(DateTimeOffset, int, double)>();
        var samples = 0.0;
        for (var age = 1; age <= count + More && found.Count < count && series is not null; age++)
        {
            var points = series.Between(now - (age * period), now - ((age - 1) * period));
            if (points.Count > 0 && Metrics.Series.Of(points, settings.Statistic?.Value ?? settings.ExtendedStatistic) is { } value)
            {
                found.Insert(0, (now - (age * period), age, value));
                samples += age == 1 ? points.Sum(each => each.Count) : 0;
            }
        }

        return new AlarmData([.. found], count, samples);
    }

    /// <summary>The state that the data stand for; null where the alarm keeps the one that it has.</summary>
    public string? Judge(PutMetricAlarmRequest settings)
    {
        var needed = settings.DatapointsToAlarm ?? _count;
        var breaching = Present.Count(each => Breaches(settings, each.Value));
        var (calm, missing) = (Present.Length - breaching, _count - Present.Length);
        if (settings.EvaluateLowSampleCountPercentile == "ignore" && IsTooFew(settings))
        {
            return null;
        }

        if (breaching >= needed)
        {
            return "ALARM";
        }

        return settings.TreatMissingData switch
        {
            "breaching" => breaching + missing >= needed ? "ALARM" : "OK",
            "notBreaching" => "OK",
            "ignore" => calm > 0 ? "OK" : null,
            _ => Present.IsEmpty ? "INSUFFICIENT_DATA"
                : calm > 0 ? "OK"

                // Too few, and all of them over the threshold: once the oldest is old enough, that is an alarm.
                : Present[0].Age >= needed ? "ALARM"
                : null,
        };
    }

    public string ReasonFor(string state, PutMetricAlarmRequest settings)
    {
        if (Present.IsEmpty)
        {
            var what = $"no datapoints were received for {_count} period{(_count == 1 ? "" : "s")}";
            return state == "INSUFFICIENT_DATA"
                ? "Insufficient Data: 1 datapoint was unknown."
                : $"Threshold Crossed: {what} and {_count} missing datapoint{(_count == 1 ? " was" : "s were")} treated as "
                    + $"[{(state == "ALARM" ? "Breaching" : "NonBreaching")}].";
        }

        var hits = Present.Where(each => Breaches(settings, each.Value) == (state == "ALARM")).ToList();
        var values = string.Join(", ", hits.AsEnumerable().Reverse().Select(each =>
            string.Create(CultureInfo.InvariantCulture, $"{Text(each.Value)} ({each.At.UtcDateTime:dd/MM/yy HH:mm:ss})")));
        var words = settings.ComparisonOperator?.Value switch
        {
            "GreaterThanOrEqualToThreshold" => "greater than or equal to",
            "GreaterThanThreshold" => "greater than",
            "LessThanThreshold" => "less than",
            _ => "less than or equal to",
        };
        var least = state == "ALARM" ? settings.DatapointsToAlarm ?? _count : _count - (settings.DatapointsToAlarm ?? _count) + 1;
        return $"Threshold Crossed: {hits.Count} out of the last {_count} datapoints [{values}] {(hits.Count == 1 ? "was" : "were")} "
            + $"{(state == "ALARM" ? "" : "not ")}{words} the threshold ({Text(settings.Threshold ?? 0)}) "
            + $"(minimum {least} datapoint{(least == 1 ? "" : "s")} for {(state == "ALARM" ? "OK -> ALARM" : "ALARM -> OK")} transition).";
    }

    private static string Text(double value) =>
        value.ToString(Math.Abs(value % 1) < double.Epsilon ? "0.0" : "R", CultureInfo.InvariantCulture);

    // Below ten samples outside of the percentile it says nothing (CloudWatch, "Percentile-based alarms and low data samples").
    private bool IsTooFew(PutMetricAlarmRequest settings)
    {
        if (MetricStatistic.PercentileOf(settings.ExtendedStatistic) is not { } percentile)
        {
            return false;
        }

        var outside = percentile >= 0.5 ? 1 - percentile : percentile;
        return _samples < 10 / Math.Max(outside, 0.0001);
    }

    private static bool Breaches(PutMetricAlarmRequest settings, double value)
    {
        var threshold = settings.Threshold ?? 0;
        return settings.ComparisonOperator?.Value switch
        {
            "GreaterThanOrEqualToThreshold" => value >= threshold,
            "GreaterThanThreshold" => value > threshold,
            "LessThanThreshold" => value < threshold,
            "LessThanOrEqualToThreshold" => value <= threshold,
            _ => false,
        };
    }
}
