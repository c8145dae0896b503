using System.Collections.Immutable;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A load balancer. Its id is its ARN, as with everything of this service.</summary>
internal sealed record LoadBalancerRecord : IResource, IElbTagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>A loopback address of its own, which is its DNS name as well.</summary>
    public required string Address { get; init; }

    public required string VpcId { get; init; }

    /// <summary><c>application</c> or <c>network</c>.</summary>
    public string Type { get; init; } = "application";

    public string Scheme { get; init; } = "internet-facing";

    public string IpAddressType { get; init; } = "ipv4";

    public DateTimeOffset ActiveAt { get; init; }

    /// <summary>Zone to subnet.</summary>
    public ImmutableSortedDictionary<string, string> Subnets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> SecurityGroups { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
