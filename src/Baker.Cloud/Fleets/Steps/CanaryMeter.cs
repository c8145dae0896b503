using System.Globalization;
using Amazon.CloudWatch.Model;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Measures the new fleet and the old one over the same time: since the step began.</summary>
internal sealed class CanaryMeter(FleetRun run, FleetStep.Watch step)
{
    private const string Balancing = "AWS/ApplicationELB";

    /// <summary>CloudWatch takes that many queries at once.</summary>
    private const int MostQueries = 500;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    /// <summary>Above it, five minutes are one point: there are fewer of them to fetch at each look.</summary>
    private static readonly TimeSpan s_long = TimeSpan.FromHours(3);

    private readonly List<MetricDataQuery> _queries = [];
    private List<(bool IsNew, string Balancer, string TargetGroup)>? _places;
    private readonly Dictionary<CanaryCheck, int> _missed = new(ReferenceEqualityComparer.Instance);
    private Probing? _probing;

    private FleetContext Context => run.Context;

    private FleetCanary Canary => run.Journal.Canary!;

    /// <summary>What each check says now.</summary>
    public async Task<List<CanaryVerdict>> LookAsync(CancellationToken stop)
    {
        var checks = Canary.Settings.Checks;
        if (checks.IsEmpty)
        {
            return [];
        }

        _places ??= await PlacesAsync(stop).ConfigureAwait(false);
        _queries.Clear();
        var from = run.StepBegan;
        var span = Context.Clock.UtcNow - from;
        var period = span > s_long ? 5 * s_minute : s_minute;
        var to = from + (period * Math.Max(1, Math.Ceiling(span / period)));
        var asked = checks.Where(check => check.IsMetric)
            .Select(check => (Check: check, New: Asked(check, true, period), Old: Asked(check, false, period)))
            .ToList();
        var found = await FindAsync(from, to, stop).ConfigureAwait(false);
        _probing ??= new Probing(run, step);
        var verdicts = new List<CanaryVerdict>();
        foreach (var check in checks)
        {
            if (check.Measure is CanaryMeasure.Probe or CanaryMeasure.Script)
            {
                var answer = await _probing.AskAsync(check, stop).ConfigureAwait(false);
                verdicts.Add(check.Measure == CanaryMeasure.Script ? answer : Twice(check, answer));
                continue;
            }

            if (check.Measure == CanaryMeasure.Hosts)
            {
                verdicts.Add(Twice(check, check.Judge(
                    await HostsAsync(step.Name, stop).ConfigureAwait(false),
                    check.WorseBy is null ? null : await HostsAsync(run.Journal.Old!, stop).ConfigureAwait(false))));
                continue;
            }

            var mine = asked.Find(each => ReferenceEquals(each.Check, check));

            // With all of the requests at the new one there is nothing to compare with.
            var isAlone = step.HasWeights && step.Step.Percent == CanaryStep.All;
            verdicts.Add(check.Judge(
                Number(check, mine.New, found),
                isAlone ? null : Number(check, mine.Old, found)));
        }

        return verdicts;
    }

    /// <summary>A single look may meet a load balancer between two of its checks, or a network between two of its moods.</summary>
    private CanaryVerdict Twice(CanaryCheck check, CanaryVerdict verdict)
    {
        var missed = _missed[check] = verdict.IsBad ? _missed.GetValueOrDefault(check) + 1 : 0;
        return missed == 1 ? verdict with { IsBad = false, IsUnsure = true } : verdict;
    }

    /// <summary>Where requests come to each of the fleets: the dimensions of ELB's metrics.</summary>
    private async Task<List<(bool IsNew, string Balancer, string TargetGroup)>> PlacesAsync(CancellationToken stop)
    {
        var mirrors = Canary.HasWeights ? await Weighing.MirrorsAsync(run, stop).ConfigureAwait(false) : [];
        var places = new List<(bool, string, string)>();
        foreach (var group in await new FleetPlaces(Context).TargetGroupsAsync(run.Journal.TargetGroups, stop).ConfigureAwait(false))
        {
            foreach (var balancer in group.LoadBalancerArns ?? [])
            {
                var own = balancer.Split(":loadbalancer/")[^1];
                places.Add((false, own, NameOf(group.TargetGroupArn)));
                places.Add((true, own, NameOf(mirrors.GetValueOrDefault(group.TargetGroupArn, group.TargetGroupArn))));
            }
        }

        return places;

        static string NameOf(string arn) => arn[(arn.LastIndexOf(':') + 1)..];
    }

    /// <summary>Pairs of queries: a value, and what it is weighed by or a share of; null where there is no such.</summary>
    private List<(string Value, string? Of)> Asked(CanaryCheck check, bool isNew, TimeSpan period)
    {
        var places = _places!.FindAll(each => each.IsNew == isNew);
        return check.Measure switch
        {
            CanaryMeasure.Errors =>
            [
                .. places.Select(place => (
                    Ask(Balancing, "HTTPCode_Target_5XX_Count", "Sum", Of(place), period),
                    (string?)Ask(Balancing, "RequestCount", "Sum", Of(place), period))),
            ],
            CanaryMeasure.Latency =>
            [
                .. places.Select(place => (
                    Ask(Balancing, "TargetResponseTime", check.Statistic, Of(place), period),
                    (string?)Ask(Balancing, "TargetResponseTime", "SampleCount", Of(place), period))),
            ],
            _ => [(Ask(check.Namespace!, check.Metric, check.Statistic, Filled(check, isNew, places), period), null)],
        };
    }

    private static List<Dimension> Of((bool IsNew, string Balancer, string TargetGroup) place) =>
    [
        new Dimension { Name = "LoadBalancer", Value = place.Balancer },
        new Dimension { Name = "TargetGroup", Value = place.TargetGroup },
    ];

    private List<Dimension> Filled(CanaryCheck check, bool isNew, List<(bool IsNew, string Balancer, string TargetGroup)> places)
    {
        var (balancer, targetGroup) = places is [var first, ..] ? (first.Balancer, first.TargetGroup) : ("", "");
        return
        [
            .. check.Dimensions.Select(each => new Dimension
            {
                Name = each.Key,
                Value = each.Value
                    .Replace("{{fleet}}", isNew ? step.Name : run.Journal.Old, StringComparison.Ordinal)
                    .Replace("{{group}}", run.Journal.Group, StringComparison.Ordinal)
                    .Replace("{{environment}}", Context.Scope.Environment?.ToString() ?? "", StringComparison.Ordinal)
                    .Replace("{{balancer}}", balancer, StringComparison.Ordinal)
                    .Replace("{{target_group}}", targetGroup, StringComparison.Ordinal),
            }),
        ];
    }

    private string Ask(string space, string metric, string statistic, List<Dimension> dimensions, TimeSpan period)
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

    private async Task<Dictionary<string, Dictionary<DateTime, double>>> FindAsync(
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
            var pages = Context.Pacer.PagesAsync(
                Context.Clients.CloudWatch.GetMetricDataAsync,
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

    private static CanaryNumber Number(
        CanaryCheck check,
        List<(string Value, string? Of)> asked,
        Dictionary<string, Dictionary<DateTime, double>> found)
    {
        Dictionary<DateTime, double> Points(string? id) => id is null ? [] : found.GetValueOrDefault(id, []);
        switch (check.Measure)
        {
            case CanaryMeasure.Errors:
                var requests = asked.Sum(each => Points(each.Of).Values.Sum());
                var errors = asked.Sum(each => Points(each.Value).Values.Sum());
                return new CanaryNumber(requests > 0 ? 100 * errors / requests : null, requests);

            // Percentiles of several minutes or balancers have no exact one of them all: each counts by its requests.
            case CanaryMeasure.Latency:
                var (sum, count) = (0.0, 0.0);
                foreach (var (value, of) in asked)
                {
                    var counts = Points(of);
                    foreach (var (at, seconds) in Points(value))
                    {
                        var some = counts.GetValueOrDefault(at, 1);
                        (sum, count) = (sum + (seconds * some), count + some);
                    }
                }

                return new CanaryNumber(count > 0 ? 1000 * sum / count : null, count);

            default:
                List<double> all = [.. Points(asked[0].Value).Values];
                return new CanaryNumber(check.Statistic switch
                {
                    "Sum" or "SampleCount" => all.Sum(),
                    _ when all.Count == 0 => null,
                    "Maximum" => all.Max(),
                    "Minimum" => all.Min(),
                    _ => all.Average(),
                });
        }
    }

    private async Task<CanaryNumber> HostsAsync(string name, CancellationToken stop)
    {
        var groups = await run.Health.TargetGroupsAsync(name, stop).ConfigureAwait(false);
        var view = await run.Reader.LookAsync(name, groups, stop).ConfigureAwait(false);
        return new CanaryNumber(view?.HealthyCount(groups) ?? 0, view?.Capacity.Desired);
    }
}
