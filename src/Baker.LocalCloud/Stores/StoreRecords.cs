using System.Collections.Immutable;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>Subnets under a name. Its id is service, region and name.</summary>
internal sealed record SubnetGroupRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Arn { get; init; }

    public required string Description { get; init; }

    public required string VpcId { get; init; }

    /// <summary>Subnet to zone.</summary>
    public required ImmutableSortedDictionary<string, string> Subnets { get; init; }
}

/// <summary>Parameters under a name, or options. Its id is service, kind, region and name.</summary>
internal sealed record ParameterGroupRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Arn { get; init; }

    /// <summary>Such as <c>postgres16</c>; of an option group the engine and its version with a space between.</summary>
    public required string Family { get; init; }

    public required string Description { get; init; }

    /// <summary>Those that were set, each with the way it was to be applied.</summary>
    public ImmutableSortedDictionary<string, ParameterValue> Values { get; init; } =
        ImmutableSortedDictionary.Create<string, ParameterValue>(StringComparer.Ordinal);
}

internal sealed record ParameterValue(string Value, string? Method);

/// <summary>The tags of a store. Its id is the store's ARN.</summary>
internal sealed record StoreTagsRecord(string Id, ImmutableSortedDictionary<string, string> Tags) : IResource;
