using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A virtual network. All of them lie in 127.0.0.0/8 of this host.</summary>
internal sealed record VpcRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string CidrBlock { get; init; }

    public bool IsDefault { get; init; }

    public bool EnableDnsHostnames { get; init; }

    public bool EnableDnsSupport { get; init; } = true;

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A subnet in one zone.</summary>
internal sealed record SubnetRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string VpcId { get; init; }

    public required string Zone { get; init; }

    public required string CidrBlock { get; init; }

    public bool IsDefault { get; init; }

    public bool MapPublicIp { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
