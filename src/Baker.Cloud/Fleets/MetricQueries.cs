using System.Globalization;
using Amazon.CloudWatch.Model;

namespace Baker.Cloud.Fleets;

/// <summary>Metrics that are asked for together.</summary>
internal sealed class MetricQueries(FleetContext context)
{
    /// <summary>The namespace of a load balancer's metrics.</summary>
    public const string Balancing = "AWS/ApplicationELB";

    /// <summary>CloudWatch takes that many queries at once.</summary>
    private const int MostQueries = 500;

    private readonly List<MetricDataQuery> _queries = [];

    public void Clear() => _queries.Clear();

    /// <summary>One more question; the answer's key.</summary>
    public string Add(string space, string metric, string statistic, List<Dimension> dimensions, TimeSpan period)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"m{_queries.Count}");
        _queries.Add(new MetricDataQuery
        {
            Id = id,
            MetricStat = new MetricStat
            {
                Metric = new Metric { Namespace = space, MetricName = metric, Dimensions = dimensions },
                Period = (int)period.TotalSeconds,
                Stat = statistic,
            },
        });
        return id;
    }

    /// <summary>The values by their keys and times.</summary>
    public async Task<Dictionary<string, Dictionary<DateTime, double>>> FindAsync(
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken stop)
    {
        var found = new Dictionary<string, Dictionary<DateTime, double>>(StringComparer.Ordinal);
        foreach (var queries in _queries.Chunk(MostQueries))
        {
            var request = new GetMetricDataRequest
            {
                StartTime = from.UtcDateTime,
                EndTime = to.UtcDateTime,
                MetricDataQueries = [.. queries],
            };
            var pages = context.Pacer.PagesAsync(
                context.Clients.CloudWatch.GetMetricDataAsync,
                request,
                reply => request.NextToken = reply.NextToken,
                stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var result in page.MetricDataResults ?? [])
                {
                    if (!found.TryGetValue(result.Id, out var points))
                    {
                        found.Add(result.Id, points = []);
                    }

                    foreach (var (at, value) in (result.Timestamps ?? []).Zip(result.Values ?? []))
                    {
                        points[at] = value;
                    }
                }
            }
        }

        return found;
    }
}
