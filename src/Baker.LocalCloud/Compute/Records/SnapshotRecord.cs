using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A snapshot of a volume.</summary>
internal sealed record SnapshotRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string VolumeId { get; init; }

    public int VolumeSize { get; init; }

    public string Description { get; init; } = "";

    public string State { get; init; } = "pending";

    public DateTimeOffset StateDue { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public bool Encrypted { get; init; }

    public string? KmsKeyId { get; init; }

    /// <summary>Encrypted with the key that EBS keeps for the account, which no other account can use.</summary>
    public bool HasDefaultKey => Encrypted
        && (string.IsNullOrEmpty(KmsKeyId) || KmsKeyId.EndsWith("alias/aws/ebs", StringComparison.Ordinal));

    public required string OwnerId { get; init; }

    public ImmutableArray<string> SharedWith { get; init; } = [];

    /// <summary>Holds the files of an instance, in the sandboxes' snapshot folder.</summary>
    public bool HasDisk { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
