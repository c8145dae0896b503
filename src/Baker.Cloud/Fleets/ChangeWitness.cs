using System.Collections.Immutable;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>What a change's record says of one Region: asked of the cloud, not taken from the change.</summary>
public sealed class ChangeWitness(FleetContext context)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly FleetReader _reader = new(context);

    /// <summary>The fleets that are there, also those that are going.</summary>
    public async Task<ImmutableArray<(string Group, FleetView Fleet)>> FleetsAsync(CancellationToken stop) =>
    [
        .. (await _reader.OfAllNodeGroupsAsync(stop).ConfigureAwait(false)).Select(each => (
            each.Tags.Find(tag => tag.Key == BakerTags.UserGroup)!.Value,
            FleetReader.View(each))),
    ];

    /// <summary>A move with what its images have in them, as far as that is known.</summary>
    public async Task<FleetMove> WithContentsAsync(FleetMove move, ContentsStore store, CancellationToken stop)
    {
        var (from, old) = await WithContentsAsync(move.From, store, stop).ConfigureAwait(false);
        var (to, now) = await WithContentsAsync(move.To, store, stop).ConfigureAwait(false);
        return move with
        {
            From = from,
            To = to,
            Packages = old is not null && now is not null && ContentsDifference.Of(old, now) is { KnowsPackages: true } difference
                ? [.. difference.Packages.Select(each => $"{each.Name} {Version(each.Before)} -> {Version(each.After)}")]
                : null,
        };

        static string Version(string text) => text.Length == 0 ? "none" : text;
    }

    private async Task<(FleetMove.State? State, ImageContents? Contents)> WithContentsAsync(
        FleetMove.State? state,
        ContentsStore store,
        CancellationToken stop)
    {
        if (state is not { Image: { } image })
        {
            return (state, null);
        }

        var contents = await store.ReadAsync(image, stop).ConfigureAwait(false);
        var code = contents?.Code.Values
            ?? (await new FleetImages(context).FindAsync(image, stop).ConfigureAwait(false) is { } found
                ? CatalogImage.Of(found, context.Clients.Region)?.Code
                : null)
            ?? Enumerable.Empty<CodeTag>();
        var known = state with { Commits = [.. code.Select(tree => tree.ToString())], Packages = contents?.Packages?.Packages.Length };
        return (known, contents);
    }

    /// <summary>
    /// What there is of these groups beside one fleet each: fleets, templates, a canary's target groups and the rules that lead to them, a
    /// notice, a journal, a lock. Of a change under way the fleet that it makes is what is left, and not the one that served before.
    /// </summary>
    public async Task<ImmutableArray<string>> LeftoversAsync(
        IReadOnlyCollection<GroupName> groups,
        ImmutableArray<(string Group, FleetView Fleet)> fleets,
        CancellationToken stop)
    {
        var left = ImmutableArray.CreateBuilder<string>();
        var names = groups.Select(group => group.ToString()).ToHashSet(StringComparer.Ordinal);
        var records = await new JournalStore(context).ReadAsync(groups, stop).ConfigureAwait(false);
        foreach (var many in fleets.Where(each => names.Contains(each.Group)).GroupBy(each => each.Group).Where(each => each.Count() > 1))
        {
            var underWay = records.Journals.GetValueOrDefault(many.Key);
            var before = underWay is not null && FleetPlan.IsOldServing(underWay) ? underWay.Old : null;
            var serving = many.FirstOrDefault(each => each.Fleet.Name == before).Fleet ?? many.MaxBy(each => each.Fleet.Created).Fleet;
            left.AddRange(many.Select(each => each.Fleet.Name)
                .Where(name => name != serving.Name)
                .Select(name => $"the Auto Scaling group {name}"));
        }

        var there = fleets.Select(each => each.Fleet.Name).ToHashSet(StringComparer.Ordinal);
        left.AddRange((await TemplatesAsync(stop).ConfigureAwait(false))
            .Where(template => names.Contains(template.Group) && !there.Contains(template.Name))
            .Select(template => $"the launch template {template.Name}"));
        foreach (var journal in records.Journals.Values.Where(each => each is { Canary.HasWeights: true, New: not null }))
        {
            var mirrors = journal.TargetGroups.Select(arn => FleetNames.Mirror(journal.New!, arn)).ToImmutableArray();
            var found = await new FleetPlaces(context).TargetGroupsAsync(mirrors, stop).ConfigureAwait(false);
            left.AddRange(found.Select(each => $"the target group {each.TargetGroupName}"));
            var (places, stood) = await new ListenerRules(context)
                .LeadingAsync(journal.Group, [.. found.Select(each => each.TargetGroupArn)], stop).ConfigureAwait(false);
            left.AddRange(places.Select(place => $"the actions of {place.Name}, which lead to {journal.New}"));
        }

        left.AddRange(records.Notices
            .Where(each => records.Journals.ContainsKey(each.Key))
            .Select(each => $"the notice before {each.Key}, since {each.Value.Since}"));
        left.AddRange(records.Journals.Select(each => $"the journal of {each.Key}, at step {each.Value.Step}"));
        left.AddRange(records.Locks.Select(each => $"the lock of {each.Key}, of run {each.Value.Run}"));
        return left.ToImmutable();
    }

    /// <summary>Requests and errors of target groups in whole minutes; null where no application load balancer leads to them.</summary>
    public async Task<TrafficSeen?> TrafficAsync(
        string when,
        ImmutableArray<string> targetGroups,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken stop)
    {
        var queries = new MetricQueries(context);
        var (requests, errors, refused) = (new List<string>(), new List<string>(), new List<string>());
        var balancers = new HashSet<string>(StringComparer.Ordinal);
        var found = await new FleetPlaces(context).TargetGroupsAsync(targetGroups, stop).ConfigureAwait(false);

        // A canary's own target group is gone by then; its numbers are not.
        var gone = targetGroups.Except(found.Select(group => group.TargetGroupArn)).ToList();
        var asked = found
            .Select(group => (group.TargetGroupArn, Balancers: group.LoadBalancerArns ?? []))
            .Concat(gone.Select(arn => (arn, found.SelectMany(group => group.LoadBalancerArns ?? []).Distinct().ToList())));
        foreach (var (arn, behind) in asked)
        {
            foreach (var balancer in behind.Where(each => each.Contains("/app/", StringComparison.Ordinal)))
            {
                var place = BalancedPlace.Of(balancer, arn);
                requests.Add(Ask("RequestCount", place.Dimensions));
                errors.Add(Ask("HTTPCode_Target_5XX_Count", place.Dimensions));
                if (balancers.Add(balancer))
                {
                    refused.Add(Ask("HTTPCode_ELB_5XX_Count", [place.OfBalancer]));
                }
            }
        }

        if (requests.Count == 0)
        {
            return null;
        }

        var points = await queries.FindAsync(from, to, stop).ConfigureAwait(false);
        return new TrafficSeen(when, from, to, Sum(requests), Sum(errors), Sum(refused));

        string Ask(string metric, List<Dimension> dimensions) =>
            queries.Add(MetricQueries.Balancing, metric, "Sum", dimensions, s_minute);

        double Sum(List<string> ids) => ids.Sum(id => points.GetValueOrDefault(id)?.Values.Sum() ?? 0);
    }

    /// <summary>The alarms of the Region that went off in that time.</summary>
    public async Task<ImmutableArray<string>> AlarmsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken stop)
    {
        var rang = new SortedSet<string>(StringComparer.Ordinal);
        var request = new DescribeAlarmHistoryRequest
        {
            HistoryItemType = HistoryItemType.StateUpdate,
            StartDate = from.UtcDateTime,
            EndDate = to.UtcDateTime,
            MaxRecords = 100,
        };
        var pages = context.Pacer.PagesAsync(
            context.Clients.CloudWatch.DescribeAlarmHistoryAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            rang.UnionWith((page.AlarmHistoryItems ?? [])
                .Where(item => item.HistorySummary?.EndsWith("to ALARM", StringComparison.Ordinal) ?? false)
                .Select(item => item.AlarmName));
        }

        return [.. rang];
    }

    private async Task<List<(string Name, string Group)>> TemplatesAsync(CancellationToken stop)
    {
        var found = new List<(string Name, string Group)>();
        var request = new DescribeLaunchTemplatesRequest
        {
            MaxResults = 200,
            Filters = [new Amazon.EC2.Model.Filter { Name = "tag-key", Values = [BakerTags.Group] }, .. context.Scope.Instances],
        };
        var pages = context.Pacer.PagesAsync(
            context.Clients.EC2.DescribeLaunchTemplatesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            found.AddRange((page.LaunchTemplates ?? [])
                .Where(template => context.Scope.Has(template.Tags?.Find(tag => tag.Key == BakerTags.Environment)?.Value))
                .Select(template => (
                    template.LaunchTemplateName,
                    template.Tags?.Find(tag => tag.Key == BakerTags.Group)?.Value ?? "")));
        }

        return found;
    }
}
