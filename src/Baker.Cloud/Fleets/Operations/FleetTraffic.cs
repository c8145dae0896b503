using System.Collections.Immutable;
using System.Globalization;
using Baker.Cloud.Fleets.Steps;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Reads what load balancers count of the requests to fleets that are being changed: one call for all of them.</summary>
public sealed class FleetTraffic(FleetContext context)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_before = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(3);

    private readonly Dictionary<string, ImmutableArray<Place>> _places = new(StringComparer.Ordinal);

    /// <summary>The requests of each change, from ten minutes before it began, three hours at most; none where nothing balances.</summary>
    public async Task<Dictionary<GroupName, ImmutableArray<TrafficLine>>> ReadAsync(
        IReadOnlyList<FleetJournal> journals,
        CancellationToken stop)
    {
        var queries = new MetricQueries(context);
        var now = context.Clock.UtcNow;
        var earliest = now;
        var asked = new List<(FleetJournal Journal, DateTimeOffset From, ImmutableArray<Asked> Lines)>();
        foreach (var journal in journals)
        {
            var from = Minute(From(journal, now));
            var lines = (await PlacesAsync(journal, stop).ConfigureAwait(false))
                .GroupBy(place => place.Fleet, StringComparer.Ordinal)
                .Select(places => new Asked(
                    places.Key.Length == 0 ? null : places.Key,
                    [.. places.Select(place => Ask("RequestCount", place))],
                    [.. places.Select(place => Ask("HTTPCode_Target_5XX_Count", place))]))
                .ToImmutableArray();
            asked.Add((journal, from, lines));
            earliest = from < earliest && !lines.IsEmpty ? from : earliest;
        }

        var found = await queries.FindAsync(earliest, Minute(now) + s_minute, stop).ConfigureAwait(false);
        return asked.ToDictionary(
            each => each.Journal.Group,
            each => each.Lines.Select(line => new TrafficLine(line.Fleet, Points(line, each.From, Minute(now), found))).ToImmutableArray());

        string Ask(string metric, Place place) => queries.Add(MetricQueries.Balancing, metric, "Sum", place.At.Dimensions, s_minute);
    }

    private static ImmutableArray<TrafficPoint> Points(
        Asked line,
        DateTimeOffset from,
        DateTimeOffset to,
        Dictionary<string, Dictionary<DateTime, double>> found)
    {
        var points = ImmutableArray.CreateBuilder<TrafficPoint>();
        for (var at = from; at <= to; at += s_minute)
        {
            points.Add(new TrafficPoint(at, Sum(line.Requests, at), Sum(line.Errors, at)));
        }

        return points.ToImmutable();

        double Sum(ImmutableArray<string> ids, DateTimeOffset at) =>
            ids.Sum(id => found.TryGetValue(id, out var values) ? values.GetValueOrDefault(at.UtcDateTime) : 0);
    }

    private static DateTimeOffset From(FleetJournal journal, DateTimeOffset now)
    {
        var since = DateTimeOffset.TryParse(journal.Since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var told)
            ? told - s_before
            : now - s_before;
        return since < now - s_longest ? now - s_longest : since;
    }

    private static DateTimeOffset Minute(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % s_minute.Ticks), TimeSpan.Zero);

    /// <summary>Where requests come to the fleets. It stays the same once a canary's own target groups are there.</summary>
    private async Task<ImmutableArray<Place>> PlacesAsync(FleetJournal journal, CancellationToken stop)
    {
        if (_places.TryGetValue(journal.Run, out var known))
        {
            return known;
        }

        var isApart = journal.Canary is { HasWeights: true } && journal.New is not null;
        var mirrors = isApart ? await Weighing.MirrorsAsync(context, journal, stop).ConfigureAwait(false) : [];
        var places = ImmutableArray.CreateBuilder<Place>();
        foreach (var group in await new FleetPlaces(context).TargetGroupsAsync(journal.TargetGroups, stop).ConfigureAwait(false))
        {
            foreach (var balancer in group.LoadBalancerArns ?? [])
            {
                places.Add(new Place(isApart ? journal.Old ?? "" : "", BalancedPlace.Of(balancer, group.TargetGroupArn)));
                if (mirrors.TryGetValue(group.TargetGroupArn, out var mirror))
                {
                    places.Add(new Place(journal.New!, BalancedPlace.Of(balancer, mirror)));
                }
            }
        }

        var all = places.ToImmutable();
        if (!isApart || mirrors.Count == journal.TargetGroups.Length)
        {
            _places[journal.Run] = all;
        }

        return all;
    }

    private sealed record Place(string Fleet, BalancedPlace At);

    private sealed record Asked(string? Fleet, ImmutableArray<string> Requests, ImmutableArray<string> Errors);
}
