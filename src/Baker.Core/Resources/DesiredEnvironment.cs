using System.Collections.Immutable;
using Baker.Core.Configuration;
using Baker.Core.Merging;

namespace Baker.Core.Resources;

/// <summary>An environment as the manifest has it: what is made, and what of others it joins.</summary>
public sealed record DesiredEnvironment
{
    public ImmutableArray<Resource> Resources { get; init; } = [];

    /// <summary>Balancers that others manage: key, region, and name on the cloud.</summary>
    public ImmutableArray<(string Key, string Region, string Name)> Existing { get; init; } = [];

    /// <summary>What of others' it names.</summary>
    public ImmutableArray<NamedResource> Named { get; init; } = [];

    /// <summary>The datastores that its groups use.</summary>
    public ImmutableArray<Datastore> Datastores { get; init; } = [];

    public ImmutableArray<NodeGroup> Groups { get; init; } = [];

    /// <summary>Where the environment's lock is.</summary>
    public string HomeRegion { get; init; } = "us-east-1";

    /// <summary>The target groups of each group's fleet, by their references.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Targets { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>All regions that something of it is in.</summary>
    public IEnumerable<string> Regions => Resources.Select(each => each.Region)
        .Concat(Existing.Select(each => each.Region))
        .Concat(Groups.Select(group => group.Region))
        .Append(HomeRegion)
        .Distinct();

    public static DesiredEnvironment Of(MergedResources resources, IReadOnlyList<NodeGroup> groups) => new()
    {
        Resources = DesiredResources.Of(resources, groups),
        Existing =
        [
            .. resources.Balancers
                .Where(balancer => balancer.IsTrue("existing"u8))
                .Select(balancer => (balancer.Name, resources.Region(balancer), resources.BalancerName(balancer))),
        ],
        Named = NamedResource.Of(resources, groups),
        Datastores = DatastoreResources.UsedBy(groups, resources),
        Groups = [.. groups],
        HomeRegion = resources.BaseRegion,
        Targets = groups.ToImmutableDictionary(group => group.Name.ToString(), group => DesiredResources.TargetsOf(group, resources)),
    };

    /// <summary>What belongs to one group's fleet, and nothing else.</summary>
    public DesiredEnvironment OfFleet(NodeGroup group) => this with
    {
        Resources = [.. Resources.Where(each => each.Kind >= ResourceKind.Policy && each.Parent == group.Name.ToString())],
        Datastores = [],
        Groups = [group],
    };

    /// <summary>What its nodes are told of datastores and services, and nothing else.</summary>
    public DesiredEnvironment OfNodes() => this with
    {
        Resources = [.. Resources.Where(each => each.Kind is ResourceKind.Endpoints or ResourceKind.Services)],
        Existing = [],
    };

    /// <summary>The group with what the environment's resources are called on the cloud, as its fleet and its bakes ask for them.</summary>
    public static NodeGroup Link(NodeGroup group, MergedResources resources) => group with
    {
        SecurityGroups =
        [
            .. group.SecurityGroups.Select(name => resources.SecurityGroup(name) is { } known ? resources.NameOf(known) : name),
        ],
        JoinedTargetGroups =
        [
            .. group.Balancers
                .Select(name => resources.Balancer(name))
                .OfType<ResourceEntry>()
                .Select(balancer => BalancerResources.HasTargetGroups(balancer)
                    ? resources.TargetGroupName(balancer, group.Name)
                    : $"balancer:{resources.BalancerName(balancer)}"),
        ],
    };
}
