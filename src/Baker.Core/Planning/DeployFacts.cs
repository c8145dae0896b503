using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>What is looked up before a deploy.</summary>
public sealed record DeployFacts
{
    public required GroupName Group { get; init; }

    /// <summary>The running nodes; without <c>--drain</c> only those that an earlier run left out of service.</summary>
    public ImmutableArray<DeployNode> Nodes { get; init; } = [];

    /// <summary>The Auto Scaling groups of the nodes.</summary>
    public ImmutableArray<FleetView> Fleets { get; init; } = [];

    /// <summary>How many healthy targets each target group has, whoever they belong to.</summary>
    public ImmutableDictionary<string, int> Healthy { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>What an earlier run left behind: nodes out of service, or groups with a lowered minimum.</summary>
    public bool HasLeftovers => Nodes.Any(node => node.IsMarked) || Fleets.Any(fleet => fleet.Held is not null);
}
