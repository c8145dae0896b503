using System.Text;
using Amazon.CloudWatch.Model;

namespace Baker.LocalCloud.Alarms;

/// <summary>The data points of the last three hours, in memory only.</summary>
internal sealed class Metrics
{
    private static readonly TimeSpan s_kept = TimeSpan.FromHours(3);
    private static readonly TimeSpan s_pruned = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);

    public IEnumerable<Series> All => _series.Values;

    /// <summary>Adds a value that the cloud itself has measured, so often.</summary>
    public void Put(
        string region, string space, string name, IReadOnlyList<(string Name, string Value)> dimensions, string unit, DateTimeOffset at,
        double value, double count = 1) =>
        Put(
            region,
            space,
            new MetricDatum
            {
                MetricName = name,
                Dimensions = [.. dimensions.Select(each => new Dimension { Name = each.Name, Value = each.Value })],
                Unit = unit,
                Timestamp = at.UtcDateTime,
                Values = [value],
                Counts = [count],
            },
            at);

    public void Put(string region, string space, MetricDatum datum, DateTimeOffset now)
    {
        var key = KeyOf(region, space, datum.MetricName, datum.Dimensions);
        if (!_series.TryGetValue(key, out var series))
        {
            _series.Add(key, series = new Series(region, space, datum.MetricName, datum.Dimensions ?? []));
        }

        series.Unit = datum.Unit?.Value ?? "None";
        var at = datum.Timestamp is { } given ? new DateTimeOffset(DateTime.SpecifyKind(given.ToUniversalTime(), DateTimeKind.Utc)) : now;
        if (now >= series.PrunedAt + s_pruned)
        {
            series.PrunedAt = now;
            series.Points.RemoveAll(point => point.At < now - s_kept);
        }

        series.Points.AddRange(PointsOf(datum, at));
    }

    public Series? Find(string region, string space, string name, List<Dimension>? dimensions) =>
        _series.GetValueOrDefault(KeyOf(region, space, name, dimensions));

    private static IEnumerable<Point> PointsOf(MetricDatum datum, DateTimeOffset at) =>
        datum.StatisticValues is { } set ? [new Point(at, set.Sum ?? 0, set.SampleCount ?? 1, set.Minimum ?? 0, set.Maximum ?? 0)]
        : datum.Values is { Count: > 0 } values ? values.Select((value, index) =>
            Of(at, value, datum.Counts is { } counts && index < counts.Count ? counts[index] : 1))
        : [Of(at, datum.Value ?? 0, 1)];

    private static Point Of(DateTimeOffset at, double value, double count) => new(at, value * count, count, value, value);

    private static string KeyOf(string region, string space, string name, List<Dimension>? dimensions)
    {
        var key = new StringBuilder().Append(region).Append('|').Append(space).Append('|').Append(name);
        foreach (var dimension in (dimensions ?? []).OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            key.Append('|').Append(dimension.Name).Append('=').Append(dimension.Value);
        }

        return key.ToString();
    }

    /// <summary>The data of one metric.</summary>
    internal sealed record Series(string Region, string Namespace, string Name, List<Dimension> Dimensions)
    {
        public List<Point> Points { get; } = [];

        /// <summary>What its newest data are counted in.</summary>
        public string Unit { get; set; } = "None";

        public DateTimeOffset PrunedAt { get; set; }

        public List<Point> Between(DateTimeOffset from, DateTimeOffset to) => Points.FindAll(point => point.At >= from && point.At < to);

        /// <summary>The data of a span of time by the periods that have some, in order, each with its beginning.</summary>
        public IEnumerable<(DateTimeOffset From, List<Point> Points)> By(MetricSpan span) => Points
            .Where(point => span.Has(point.At))
            .GroupBy(point => span.PeriodOf(point.At))
            .OrderBy(group => group.Key)
            .Select(group => (group.Key, group.ToList()));

        /// <summary>A statistic of some data; null where what is there does not tell it.</summary>
        public static double? Of(List<Point> points, string? statistic) => statistic switch
        {
            "Sum" => points.Sum(point => point.Sum),
            "Minimum" => points.Min(point => point.Minimum),
            "Maximum" => points.Max(point => point.Maximum),
            "SampleCount" => points.Sum(point => point.Count),
            _ when MetricStatistic.PercentileOf(statistic) is { } percentile => Percentile(points, percentile),
            _ => points.Sum(point => point.Sum) / points.Sum(point => point.Count),
        };

        // The smallest value that so many are not above. Statistic sets of different values have none (PutMetricData).
        private static double? Percentile(List<Point> points, double percentile)
        {
            if (points.Exists(each => each.Minimum < each.Maximum))
            {
                return null;
            }

            var rank = Math.Max(percentile * points.Sum(each => each.Count), double.Epsilon);
            foreach (var point in points.OrderBy(each => each.Minimum))
            {
                if ((rank -= point.Count) <= 1e-9)
                {
                    return point.Minimum;
                }
            }

            return points.Max(each => each.Maximum);
        }
    }

    internal sealed record Point(DateTimeOffset At, double Sum, double Count, double Minimum, double Maximum);
}
