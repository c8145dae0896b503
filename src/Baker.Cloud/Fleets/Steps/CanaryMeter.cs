using Amazon.CloudWatch.Model;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Measures the new fleet and the old one over the same time: since the step began.</summary>
internal sealed class CanaryMeter(FleetRun run, FleetStep.Watch step)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    /// <summary>Above it, five minutes are one point: there are fewer of them to fetch at each look.</summary>
    private static readonly TimeSpan s_long = TimeSpan.FromHours(3);

    private readonly MetricQueries _queries = new(run.Context);
    private List<(bool IsNew, BalancedPlace At)>? _places;
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
        var found = await _queries.FindAsync(from, to, stop).ConfigureAwait(false);
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

    /// <summary>Where requests come to each of the fleets.</summary>
    private async Task<List<(bool IsNew, BalancedPlace At)>> PlacesAsync(CancellationToken stop)
    {
        var mirrors = Canary.HasWeights ? await Weighing.MirrorsAsync(Context, run.Journal, stop).ConfigureAwait(false) : [];
        var places = new List<(bool, BalancedPlace)>();
        foreach (var group in await new FleetPlaces(Context).TargetGroupsAsync(run.Journal.TargetGroups, stop).ConfigureAwait(false))
        {
            foreach (var balancer in group.LoadBalancerArns ?? [])
            {
                var own = group.TargetGroupArn;
                places.Add((false, BalancedPlace.Of(balancer, own)));
                places.Add((true, BalancedPlace.Of(balancer, mirrors.GetValueOrDefault(own, own))));
            }
        }

        return places;
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
                    _queries.Add(MetricQueries.Balancing, "HTTPCode_Target_5XX_Count", "Sum", place.At.Dimensions, period),
                    (string?)_queries.Add(MetricQueries.Balancing, "RequestCount", "Sum", place.At.Dimensions, period))),
            ],
            CanaryMeasure.Latency =>
            [
                .. places.Select(place => (
                    _queries.Add(MetricQueries.Balancing, "TargetResponseTime", check.Statistic, place.At.Dimensions, period),
                    (string?)_queries.Add(MetricQueries.Balancing, "TargetResponseTime", "SampleCount", place.At.Dimensions, period))),
            ],
            _ => [(_queries.Add(check.Namespace!, check.Metric, check.Statistic, Filled(check, isNew, places), period), null)],
        };
    }

    private List<Dimension> Filled(CanaryCheck check, bool isNew, List<(bool IsNew, BalancedPlace At)> places)
    {
        var (balancer, targetGroup) = places is [var first, ..] ? (first.At.Balancer, first.At.TargetGroup) : ("", "");
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
