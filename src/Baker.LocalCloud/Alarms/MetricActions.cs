using System.Globalization;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>CloudWatch's actions on metrics.</summary>
internal sealed class MetricActions(Metrics metrics)
{
    // GetMetricStatistics and GetMetricData in CloudWatch's API reference.
    private const int MostStatistics = 1_440;
    private const int MostData = 100_800;

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
        var (wanted, percentiles) = (request.Statistics ?? [], request.ExtendedStatistics ?? []);
        if (wanted.Count + percentiles.Count == 0)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "At least one of the parameters Statistics and ExtendedStatistics must be specified");
        }

        percentiles.ForEach(each => MetricStatistic.Check("InvalidParameterValue", each));
        var span = new MetricSpan("InvalidParameterValue", request.StartTime!.Value, request.EndTime!.Value, request.Period!.Value);
        if (span.Count > MostStatistics)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                $"You have requested up to {span.Count} datapoints, which exceeds the limit of {MostStatistics}. You may reduce the "
                    + "datapoints requested by increasing Period, or decreasing the time range.");
        }

        var series = Find(call, request.Namespace, request.MetricName, request.Dimensions);
        return new GetMetricStatisticsResponse
        {
            Label = request.MetricName,
            Datapoints = request.Unit is { } unit && unit.Value != series.Unit ? [] : [.. series.By(span).Select(each =>
            {
                double? Value(string statistic) => wanted.Contains(statistic) ? Metrics.Series.Of(each.Points, statistic) : null;
                return new Datapoint
                {
                    Timestamp = each.From.UtcDateTime,
                    Average = Value("Average"),
                    Sum = Value("Sum"),
                    Minimum = Value("Minimum"),
                    Maximum = Value("Maximum"),
                    SampleCount = Value("SampleCount"),
                    ExtendedStatistics = percentiles.Count == 0 ? null : percentiles
                        .Select(name => (name, Value: Metrics.Series.Of(each.Points, name)))
                        .Where(found => found.Value is not null)
                        .ToDictionary(found => found.name, found => found.Value!.Value),
                    Unit = series.Unit,
                };
            })],
        };
    }

    private GetMetricDataResponse Data(Call call, GetMetricDataRequest request)
    {
        var most = request.MaxDatapoints ?? MostData;
        if (most is < 1 or > MostData)
        {
            throw new CloudException("ValidationError", $"The parameter MaxDatapoints must be between 1 and {MostData}.");
        }

        var descends = request.ScanBy?.Value != "TimestampAscending";
        var skipped = 0;
        var start = request.NextToken is not { } token ? 0
            : int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position
            : throw new CloudException("InvalidNextToken", "The token is not valid.");
        var left = most;
        var isCut = false;
        var results = new List<MetricDataResult>();
        foreach (var query in request.MetricDataQueries.Where(query => query.ReturnData != false))
        {
            var points = Values(call, request, query);
            if (descends)
            {
                points.Reverse();
            }

            var before = Math.Min(points.Count, start - skipped);
            skipped += before;
            var shown = points.Skip(before).Take(left).ToList();
            left -= shown.Count;
            var goesOn = before + shown.Count < points.Count;
            isCut |= goesOn;
            results.Add(new MetricDataResult
            {
                Id = query.Id,
                Label = query.Label ?? query.MetricStat.Metric.MetricName,
                StatusCode = goesOn ? "PartialData" : "Complete",
                Timestamps = shown.ConvertAll(each => each.At.UtcDateTime),
                Values = shown.ConvertAll(each => each.Value),
            });
        }

        return new GetMetricDataResponse
        {
            Messages = [],
            MetricDataResults = results,
            NextToken = isCut ? (start + most).ToString(CultureInfo.InvariantCulture) : null,
        };
    }

    private List<(DateTimeOffset At, double Value)> Values(Call call, GetMetricDataRequest request, MetricDataQuery query)
    {
        var stat = query.MetricStat ?? throw new CloudException("ValidationError", "The local cloud evaluates no metric expressions.");
        var metric = stat.Metric ?? throw new CloudException("ValidationError", "The parameter MetricStat.Metric is required.");
        MetricStatistic.Check("ValidationError", stat.Stat);
        var span = new MetricSpan("ValidationError", request.StartTime!.Value, request.EndTime!.Value, stat.Period ?? 60);
        return [.. Find(call, metric.Namespace, metric.MetricName, metric.Dimensions)
            .By(span)
            .Select(each => (each.From, Value: Metrics.Series.Of(each.Points, stat.Stat)))
            .Where(each => each.Value is not null)
            .Select(each => (each.From, each.Value!.Value))];
    }

    private Metrics.Series Find(Call call, string space, string name, List<Dimension>? dimensions) =>
        metrics.Find(call.Region, space, name, dimensions) ?? new Metrics.Series(call.Region, space, name, []);
}
