using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>CloudWatch's actions on metrics.</summary>
internal sealed class MetricActions(Metrics metrics)
{
    private static readonly string[] s_statistics = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

    public void Register(Router router)
    {
        router.Handle<PutMetricDataRequest, PutMetricDataResponse>(AlarmService.Name, Put);
        router.Handle<ListMetricsRequest, ListMetricsResponse>(AlarmService.Name, List);
        router.Handle<GetMetricStatisticsRequest, GetMetricStatisticsResponse>(AlarmService.Name, Statistics);
        router.Handle<GetMetricDataRequest, GetMetricDataResponse>(AlarmService.Name, Data);
    }

    private PutMetricDataResponse Put(Call call, PutMetricDataRequest request)
    {
        MetricValues.Check(request.MetricData ?? []);
        foreach (var datum in request.MetricData ?? [])
        {
            metrics.Put(call.Region, request.Namespace, datum, call.Now);
        }

        return new PutMetricDataResponse();
    }

    private ListMetricsResponse List(Call call, ListMetricsRequest request) => new()
    {
        Metrics = [.. metrics.All
            .Where(each => each.Region == call.Region
                && (request.Namespace is null || each.Namespace == request.Namespace)
                && (request.MetricName is null || each.Name == request.MetricName))
            .Where(each => (request.Dimensions ?? []).TrueForAll(filter =>
                each.Dimensions.Exists(own => own.Name == filter.Name && (filter.Value is null || own.Value == filter.Value))))
            .Select(each => new Metric { Namespace = each.Namespace, MetricName = each.Name, Dimensions = each.Dimensions })],
    };

    private GetMetricStatisticsResponse Statistics(Call call, GetMetricStatisticsRequest request)
    {
        var series = metrics.Find(call.Region, request.Namespace, request.MetricName, request.Dimensions);
        var wanted = request.Statistics is { Count: > 0 } given
            ? given
            : throw new CloudException(
                "InvalidParameterCombination",
                "At least one of the parameters Statistics and ExtendedStatistics must be specified");
        return new GetMetricStatisticsResponse
        {
            Label = request.MetricName,
            Datapoints = series is null ? [] : [.. Spans(request.StartTime!.Value, request.EndTime!.Value, request.Period!.Value)
                .Where(span => series.Over(span.From, span.To, "SampleCount") is not null)
                .Select(span =>
                {
                    var values = s_statistics.ToDictionary(
                        each => each,
                        each => wanted.Contains(each) ? series.Over(span.From, span.To, each) : null);
                    return new Datapoint
                    {
                        Timestamp = span.From.UtcDateTime,
                        Average = values["Average"],
                        Sum = values["Sum"],
                        Minimum = values["Minimum"],
                        Maximum = values["Maximum"],
                        SampleCount = values["SampleCount"],
                        Unit = "None",
                    };
                })],
        };
    }

    private GetMetricDataResponse Data(Call call, GetMetricDataRequest request) => new()
    {
        Messages = [],
        MetricDataResults = [.. request.MetricDataQueries.Where(query => query.ReturnData != false).Select(query =>
        {
            var stat = query.MetricStat ?? throw new CloudException("ValidationError", "The local cloud evaluates no metric expressions.");
            var series = metrics.Find(call.Region, stat.Metric.Namespace, stat.Metric.MetricName, stat.Metric.Dimensions);
            var points = Spans(request.StartTime!.Value, request.EndTime!.Value, stat.Period ?? 60)
                .Select(span => (span.From, Value: series?.Over(span.From, span.To, stat.Stat)))
                .Where(each => each.Value is not null)
                .Reverse()
                .ToList();
            return new MetricDataResult
            {
                Id = query.Id,
                Label = query.Label ?? stat.Metric.MetricName,
                StatusCode = "Complete",
                Timestamps = points.ConvertAll(each => each.From.UtcDateTime),
                Values = points.ConvertAll(each => each.Value!.Value),
            };
        })],
    };

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(DateTime start, DateTime end, int seconds)
    {
        var period = TimeSpan.FromSeconds(Math.Max(1, seconds));
        for (var from = new DateTimeOffset(start.ToUniversalTime()); from < end.ToUniversalTime(); from += period)
        {
            yield return (from, from + period);
        }
    }
}
