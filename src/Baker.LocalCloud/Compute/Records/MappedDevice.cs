namespace Baker.LocalCloud.Compute.Records;

/// <summary>One block device of an image. Sizes are GiB, throughput MiB/s.</summary>
internal sealed record MappedDevice
{
    public required string DeviceName { get; init; }

    public string? VirtualName { get; init; }

    public string? SnapshotId { get; init; }

    public int VolumeSize { get; init; } = 8;

    public string VolumeType { get; init; } = "gp3";

    public int? Iops { get; init; }

    public int? Throughput { get; init; }

    /// <summary>How fast a volume is filled from the snapshot; null: as it is read.</summary>
    public int? InitializationRate { get; init; }

    public bool Encrypted { get; init; }

    public string? KmsKeyId { get; init; }

    public bool DeleteOnTermination { get; init; } = true;
}
