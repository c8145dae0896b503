namespace Baker.Core.Merging;

/// <summary>One of <c>launch_block_device_mappings</c>, named as Packer's amazon-ebs names it. Sizes are GiB, throughput MiB/s.</summary>
public sealed record BlockDevice(
    string DeviceName,
    int? VolumeSize,
    string? VolumeType,
    int? Iops,
    int? Throughput,
    bool? Encrypted,
    string? KmsKeyId,
    string? SnapshotId,
    bool? DeleteOnTermination);
