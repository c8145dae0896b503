using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A key pair; its private half is never kept.</summary>
internal sealed record KeyPairRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Fingerprint { get; init; }

    public required string KeyType { get; init; }

    public required string PublicKey { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
