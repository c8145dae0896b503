using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A security group; rules are kept, and filter nothing.</summary>
internal sealed record SecurityGroupRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string VpcId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableArray<RuleRecord> Rules { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>One rule: one protocol, one range of ports, one peer.</summary>
internal sealed record RuleRecord
{
    public required string Id { get; init; }

    public bool IsEgress { get; init; }

    public required string Protocol { get; init; }

    public int? FromPort { get; init; }

    public int? ToPort { get; init; }

    public string? CidrIpv4 { get; init; }

    public string? CidrIpv6 { get; init; }

    public string? PrefixListId { get; init; }

    public string? PeerGroupId { get; init; }

    public string? Description { get; init; }

    /// <summary>Null for none.</summary>
    public ImmutableSortedDictionary<string, string>? Tags { get; init; }

    /// <summary>The other side of the traffic, however it is named.</summary>
    [JsonIgnore]
    public string? Peer => CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? PeerGroupId;

    public bool IsSameAs(RuleRecord other) =>
        this with { Id = "", Description = null, Tags = null } == other with { Id = "", Description = null, Tags = null };
}
