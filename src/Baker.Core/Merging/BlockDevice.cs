namespace Baker.Core.Merging;

/// <summary>One of <c>launch_block_device_mappings</c>, named as Packer's amazon-ebs names it. Sizes are GiB, throughput MiB/s.</summary>
public sealed record BlockDevice(string DeviceName)
{
    public int? VolumeSize { get; init; }

    public string? VolumeType { get; init; }

    public int? Iops { get; init; }

    public int? Throughput { get; init; }

    /// <summary>How fast it is filled from its snapshot (MiB/s); null: as it is read.</summary>
    public int? InitializationRate { get; init; }

    public bool? Encrypted { get; init; }

    public string? KmsKeyId { get; init; }

    public string? SnapshotId { get; init; }

    public bool? DeleteOnTermination { get; init; }
}
