using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.Cloud.Configuration;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Configuration;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Looks at an environment in each of its regions: lists that hold many at once, and what only one at a time tells.</summary>
public sealed class EnvironmentReader(Func<string, FleetContext> contextIn, DesiredEnvironment desired, string run)
{
    private static readonly ImmutableArray<IResourceWork> s_works =
    [
        new SecurityGroupWork(),
        new TopicWork(),
        new BalancerWork(),
        new TargetGroupWork(),
        new ListenerWork(),
        new EndpointsWork(),
        new ServicesWork(),
        new ScalingWork(),
        new AlarmWork(),
    ];

    private readonly Dictionary<string, EnvironmentScope> _scopes = new(StringComparer.Ordinal);

    private IReadOnlyDictionary<string, DatastoreEndpoints>? _endpoints;

    /// <summary>Where the datastores are reached, as they were looked up.</summary>
    internal IReadOnlyDictionary<string, DatastoreEndpoints> Endpoints =>
        _endpoints ?? ImmutableDictionary<string, DatastoreEndpoints>.Empty;

    /// <summary>Looks the datastores up, once.</summary>
    /// <exception cref="BakerException">One that nodes are to be given is not there.</exception>
    internal async Task LookUpAsync(CancellationToken stop) =>
        _endpoints ??= await new DatastoreLookup(contextIn).FindAsync(desired.Datastores, stop).ConfigureAwait(false);

    /// <param name="action">What for: to delete it, its instances are told; to change it, those that have what is no longer wanted.</param>
    /// <exception cref="BakerException">A datastore that nodes are to be given is not there.</exception>
    public async Task<EnvironmentFacts> ReadAsync(EnvironmentAction action, CancellationToken stop)
    {
        // One that is gone is no reason to keep what was made around it.
        if (action != EnvironmentAction.Delete)
        {
            await LookUpAsync(stop).ConfigureAwait(false);
        }

        _scopes.Clear();
        var left = desired.Groups.Where(NodeServices.MayHaveLeft).Select(group => group.Region).ToHashSet();
        foreach (var region in action == EnvironmentAction.Endpoints
            ? desired.Resources.Select(each => each.Region).Union(left)
            : desired.Regions)
        {
            var scope = _scopes[region] = new EnvironmentScope(contextIn(region), run, desired, ends: action == EnvironmentAction.Delete);
            foreach (var (name, endpoints) in Endpoints)
            {
                foreach (var field in DatastoreEndpoints.Fields)
                {
                    scope.Know($"datastore:{name}/{field}", endpoints.Values.GetValueOrDefault(field) ?? "");
                }
            }
        }

        if (action == EnvironmentAction.Endpoints)
        {
            await Parallel.ForEachAsync(_scopes.Values, stop, async (scope, token) =>
            {
                var kinds = scope.Desired.Select(each => each.Kind);
                foreach (var kind in left.Contains(scope.Region) ? kinds.Append(ResourceKind.Services).Distinct() : kinds.Distinct())
                {
                    await WorkOf(kind).ObserveAsync(scope, token).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            return Facts([], []);
        }

        await Parallel.ForEachAsync(_scopes.Values, stop, async (scope, token) =>
        {
            await FleetsAsync(scope, token).ConfigureAwait(false);
            foreach (var work in s_works.Where(work => work is not TargetGroupWork
                && (work is not ParameterWork || action != EnvironmentAction.Scaling)))
            {
                await work.ObserveAsync(scope, token).ConfigureAwait(false);
            }

            if (action is EnvironmentAction.Create or EnvironmentAction.Update)
            {
                await NamedLookup.CheckAsync(scope, token).ConfigureAwait(false);
            }

            if (action != EnvironmentAction.Scaling)
            {
                await FleetRemains.FindAsync(scope, token).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        var instances = ImmutableArray.CreateBuilder<EnvironmentStep.Terminate>();
        var uses = ImmutableArray.CreateBuilder<SecurityGroupUse>();
        foreach (var scope in action == EnvironmentAction.Scaling ? Enumerable.Empty<EnvironmentScope>() : _scopes.Values)
        {
            if (action != EnvironmentAction.Delete)
            {
                uses.AddRange(await SecurityGroupWork.UsesAsync(scope, stop).ConfigureAwait(false));
                continue;
            }

            var nodes = await new InstanceReader(scope.Context).ReadAllWithKeptAsync(stop).ConfigureAwait(false);
            instances.AddRange(nodes.Where(node => node.Fleet is null)
                .Select(node => new EnvironmentStep.Terminate(node.Id, node.Name, scope.Region) { Joined = node.Joined }));
        }

        return Facts(instances.ToImmutable(), uses.ToImmutable());
    }

    internal static IResourceWork WorkOf(ResourceKind kind) => s_works.First(work => work.IsOf(kind));

    internal EnvironmentScope ScopeIn(string region) => _scopes[region];

    /// <summary>After fleets were run or updated: which Auto Scaling groups they are now, and what their policies are called.</summary>
    internal async Task LookAgainAsync(string region, IEnumerable<GroupName> groups, CancellationToken stop)
    {
        var scope = _scopes[region];
        foreach (var group in groups)
        {
            var found = await new FleetReader(scope.Context).OfNodeGroupAsync(group, stop).ConfigureAwait(false);
            if (Serving(found) is { } serving)
            {
                scope.Know($"fleet:{group}", serving.AutoScalingGroupName);
                scope.Fleets.RemoveAll(fleet => fleet.Group == group);
                scope.Fleets.Add(Found(scope, group, serving));
            }
        }

        await WorkOf(ResourceKind.Policy).ObserveAsync(scope, stop).ConfigureAwait(false);
    }

    private EnvironmentFacts Facts(ImmutableArray<EnvironmentStep.Terminate> instances, ImmutableArray<SecurityGroupUse> uses) => new()
    {
        Resources = [.. _scopes.Values.SelectMany(scope => scope.Found)],
        Known = _scopes.Values.SelectMany(scope => scope.Known).ToImmutableDictionary(),
        Fleets =
        [
            .. _scopes.Values.SelectMany(scope => scope.Fleets.Select(fleet => fleet with
            {
                LostTargetGroups = [.. fleet.TargetGroups.Where(arn => scope.TargetGroups?.Contains(arn) == false)],
            })),
        ],
        Remains = [.. _scopes.Values.SelectMany(scope => scope.Remains)],
        Instances = instances,
        Uses = uses,
        Obstacles = [.. _scopes.Values.SelectMany(scope => scope.Obstacles)],
    };

    private static async Task FleetsAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var all = await new FleetReader(scope.Context).OfAllNodeGroupsAsync(stop).ConfigureAwait(false);
        scope.AutoScalingGroups.UnionWith(all.Select(each => each.AutoScalingGroupName));
        var groups = all
            .Where(each => Tag(each, BakerTags.Group) is { } name && GroupName.IsOne(name))
            .ToLookup(each => GroupName.Parse(Tag(each, BakerTags.Group)!));
        foreach (var group in groups)
        {
            if (Serving([.. group.Where(each => string.IsNullOrEmpty(each.Status))]) is { } serving)
            {
                scope.Know($"fleet:{group.Key}", serving.AutoScalingGroupName);
                scope.Fleets.Add(Found(scope, group.Key, serving));
                if (ScalingWork.WarmPoolOf(scope, group.Key, serving) is { } pool)
                {
                    scope.Found.Add(pool);
                }
            }
        }

        var names = scope.Fleets.Select(fleet => fleet.Group).Concat(scope.GroupNames).Distinct().ToList();
        var records = await new JournalStore(scope.Context).ReadAsync(names, stop).ConfigureAwait(false);
        foreach (var (name, held) in records.Locks)
        {
            if (scope.Fleets.FindIndex(fleet => fleet.Group == name) is >= 0 and var at)
            {
                scope.Fleets[at] = scope.Fleets[at] with { UnderWay = $"{held.Doing} of {held.Owner} since {held.Since}" };
            }
        }

        foreach (var (name, journal) in records.Journals)
        {
            var words = $"autoscale:{journal.Action.ToString().ToLowerInvariant()} of {journal.Owner} since {journal.Since}";
            var at = scope.Fleets.FindIndex(fleet => fleet.Group == name);
            if (at < 0)
            {
                scope.Fleets.Add(new FoundFleet(journal.Group, scope.Region));
                at = scope.Fleets.Count - 1;
            }

            var found = scope.Fleets[at];
            scope.Fleets[at] = found with
            {
                Pending = journal.Action,
                UnderWay = words,
                IsEmptied = FleetPlan.IsEmptied(journal, found.Name == journal.Old ? found.Capacity?.Desired : null),
            };
        }
    }

    /// <summary>The one that serves: during an update the older one, until it is gone.</summary>
    private static AutoScalingGroup? Serving(List<AutoScalingGroup> groups) =>
        groups.OrderBy(each => each.AutoScalingGroupName, StringComparer.Ordinal).FirstOrDefault();

    private static FoundFleet Found(EnvironmentScope scope, GroupName group, AutoScalingGroup fleet) => new(group, scope.Region)
    {
        Name = fleet.AutoScalingGroupName,
        Image = Tag(fleet, FleetTags.Image) ?? "",
        Fingerprint = Tag(fleet, BakerTags.Fingerprint) ?? "",
        TargetGroups = [.. fleet.TargetGroupARNs ?? []],
        Settings = LaunchDigest.TryParse(Tag(fleet, FleetTags.Settings)),
        Capacity = FleetReader.View(fleet).Capacity,
        IsHeld = Tag(fleet, FleetTags.Minimum) is not null,
        Tags = (fleet.Tags ?? []).ToImmutableDictionary(tag => tag.Key, tag => tag.Value ?? ""),
    };

    private static string? Tag(AutoScalingGroup group, string key) => group.Tags?.Find(tag => tag.Key == key)?.Value;
}
