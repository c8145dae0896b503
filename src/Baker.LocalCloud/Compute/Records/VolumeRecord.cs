using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A volume. Sizes are GiB, throughput MiB/s.</summary>
internal sealed record VolumeRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Zone { get; init; }

    public int Size { get; init; }

    public string VolumeType { get; init; } = "gp3";

    public int? Iops { get; init; }

    public int? Throughput { get; init; }

    public int? InitializationRate { get; init; }

    public bool Encrypted { get; init; }

    public string? KmsKeyId { get; init; }

    public string? SnapshotId { get; init; }

    /// <summary>creating, available, in-use, deleting.</summary>
    public string State { get; init; } = "available";

    public string? InstanceId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public string? ClientToken { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
