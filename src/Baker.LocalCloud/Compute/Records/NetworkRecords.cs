using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

// What came after the first release is null or false where an earlier Baker wrote the record.

/// <summary>A virtual network: its ranges are kept, and its instances have addresses of 127.0.0.0/8 all the same.</summary>
internal sealed record VpcRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string CidrBlock { get; init; }

    public bool IsDefault { get; init; }

    public bool EnableDnsHostnames { get; init; }

    public bool EnableDnsSupport { get; init; } = true;

    public bool CountsAddressUsage { get; init; }

    public string? Tenancy { get; init; }

    /// <summary>The ranges after the first.</summary>
    public IReadOnlyList<AssociatedCidr>? MoreCidrs { get; init; }

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

    public bool NamesResourcesInDns { get; init; }

    public string? HostnameType { get; init; }

    /// <summary>The network ACL; null for its network's default one.</summary>
    public string? AclId { get; init; }

    public string? AclAssociationId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A further range of a network.</summary>
internal sealed record AssociatedCidr(string AssociationId, string Cidr);

/// <summary>An internet gateway; null without a network that it is attached to.</summary>
internal sealed record InternetGatewayRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public string? VpcId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A NAT gateway. States are EC2's names.</summary>
internal sealed record NatGatewayRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    public required string State { get; init; }

    /// <summary>When the state it is passing through ends, or is forgotten.</summary>
    public DateTimeOffset StateDue { get; init; }

    public bool IsPrivate { get; init; }

    /// <summary>The elastic address; null for a private gateway.</summary>
    public string? AllocationId { get; init; }

    public string? PublicAddress { get; init; }

    public string? InterfaceId { get; init; }

    public required string Address { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureMessage { get; init; }

    public string? ClientToken { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool IsLive => State is "pending" or "available" or "deleting";
}

/// <summary>A route table. The route within its network is not kept: it is always there.</summary>
internal sealed record RouteTableRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string VpcId { get; init; }

    public ImmutableArray<RouteRecord> Routes { get; init; } = [];

    public ImmutableArray<RouteAssociation> Associations { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool IsMain => Associations.Any(each => each.IsMain);
}

/// <summary>A route: where to, by range or prefix list, and through which of EC2's things, by its id.</summary>
internal sealed record RouteRecord(string Destination, string Target);

/// <summary>What a route table is for: a subnet, a gateway, or, as the main one, whatever has none of its own.</summary>
internal sealed record RouteAssociation(string Id)
{
    public string? SubnetId { get; init; }

    public string? GatewayId { get; init; }

    public bool IsMain => SubnetId is null && GatewayId is null;
}

/// <summary>An elastic address; nothing listens on it.</summary>
internal sealed record AddressRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Address { get; init; }

    public string? AssociationId { get; init; }

    public string? InterfaceId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A network interface. The first one of an instance is not kept, unless the instance was launched with it.</summary>
internal sealed record InterfaceRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    public required string Zone { get; init; }

    public required string Address { get; init; }

    public ImmutableArray<string> MoreAddresses { get; init; } = [];

    public ImmutableArray<string> SecurityGroupIds { get; init; } = [];

    public string Description { get; init; } = "";

    /// <summary><c>interface</c> or <c>nat_gateway</c>.</summary>
    public string Kind { get; init; } = "interface";

    public bool ForwardsTraffic { get; init; }

    public string? InstanceId { get; init; }

    public int DeviceIndex { get; init; }

    public string? AttachmentId { get; init; }

    public DateTimeOffset AttachedAt { get; init; }

    public bool DeleteOnTermination { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool IsUsed => AttachmentId is not null;
}

/// <summary>A network ACL; its entries are kept, and filter nothing. Subnets say whether they have it.</summary>
internal sealed record NetworkAclRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string VpcId { get; init; }

    public bool IsDefault { get; init; }

    public ImmutableArray<AclEntryRecord> Entries { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>An entry of a network ACL. The last one, which denies the rest, is not kept.</summary>
internal sealed record AclEntryRecord(bool IsEgress, int Number)
{
    public required string Protocol { get; init; }

    public required string Action { get; init; }

    public string? CidrIpv4 { get; init; }

    public string? CidrIpv6 { get; init; }

    public int? FromPort { get; init; }

    public int? ToPort { get; init; }

    public int? IcmpType { get; init; }

    public int? IcmpCode { get; init; }
}

/// <summary>A gateway endpoint of a network.</summary>
internal sealed record EndpointRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string VpcId { get; init; }

    public required string ServiceName { get; init; }

    public required string Policy { get; init; }

    public ImmutableArray<string> RouteTableIds { get; init; } = [];

    public string? ClientToken { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A prefix list of the account.</summary>
internal sealed record PrefixListRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Family { get; init; }

    public int MaxEntries { get; init; }

    public long Version { get; init; }

    /// <summary>What was done last: <c>create</c> or <c>modify</c>.</summary>
    public required string LastChange { get; init; }

    public ImmutableArray<PrefixListEntryRecord> Entries { get; init; } = [];

    public string? ClientToken { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

internal sealed record PrefixListEntryRecord(string Cidr, string? Description);
