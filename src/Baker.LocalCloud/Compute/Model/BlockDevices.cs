using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Block device mappings: an image's, with a launch's over them.</summary>
internal static class BlockDevices
{
    public static List<MappedDevice> Merge(IEnumerable<MappedDevice> image, List<BlockDeviceMapping>? launch)
    {
        var devices = image.ToList();
        if ((launch ?? []).GroupBy(mapping => mapping.DeviceName).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new CloudException(
                "InvalidBlockDeviceMapping",
                $"The device '{twice.Key}' is used in more than one block-device mapping");
        }

        foreach (var mapping in launch ?? [])
        {
            var name = mapping.DeviceName ?? throw CloudException.Missing("BlockDeviceMapping.DeviceName");
            var at = devices.FindIndex(d => d.DeviceName == name);
            var before = at < 0 ? null : devices[at];
            if (before is not null)
            {
                devices.RemoveAt(at);
            }

            if (mapping.NoDevice is null)
            {
                devices.Insert(at < 0 ? devices.Count : at, Over(before, name, mapping));
            }
        }

        return devices;
    }

    public static BlockDeviceMapping ToModel(MappedDevice device) => new()
    {
        DeviceName = device.DeviceName,
        VirtualName = device.VirtualName,
        Ebs = device.VirtualName is not null ? null : new EbsBlockDevice
        {
            DeleteOnTermination = device.DeleteOnTermination,
            SnapshotId = device.SnapshotId,
            VolumeSize = device.VolumeSize,
            VolumeType = device.VolumeType,
            Iops = device.Iops,
            Throughput = device.Throughput,
            Encrypted = device.Encrypted,
            KmsKeyId = device.KmsKeyId,
        },
    };

    private static void CheckVolume(string name, EbsBlockDevice? ebs, MappedDevice start)
    {
        var type = ebs?.VolumeType?.Value ?? start.VolumeType;
        if (ebs?.Iops is not null && type is not ("gp3" or "io1" or "io2"))
        {
            throw new CloudException("InvalidParameterCombination", $"The parameter iops is not supported for {type} volumes.");
        }

        if (type is "io1" or "io2" && (ebs?.Iops ?? start.Iops) is null)
        {
            throw new CloudException("MissingParameter", $"The parameter iops must be specified for {type} volumes.");
        }

        if (ebs?.Throughput is not null && type != "gp3")
        {
            throw new CloudException("InvalidParameterCombination", $"The parameter throughput is not supported for {type} volumes.");
        }

        CheckRate(ebs?.VolumeInitializationRate, ebs?.SnapshotId ?? start.SnapshotId);
        if (!string.IsNullOrEmpty(ebs?.KmsKeyId) && (ebs.Encrypted ?? start.Encrypted) != true)
        {
            throw new CloudException(
                "InvalidParameterDependency",
                $"The parameter KmsKeyId requires the parameter Encrypted to be set ({name}).");
        }
    }

    /// <summary>https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html</summary>
    public static void CheckRate(int? rate, string? snapshotId)
    {
        if (rate is < 100 or > 300)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Value ({rate}) for parameter VolumeInitializationRate is invalid. It must be between 100 and 300 MiB/s.");
        }

        if (rate is not null && string.IsNullOrEmpty(snapshotId))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The parameter VolumeInitializationRate is supported only for volumes that are created from snapshots.");
        }
    }

    private static MappedDevice Over(MappedDevice? before, string name, BlockDeviceMapping mapping)
    {
        var ebs = mapping.Ebs;
        var start = before ?? new MappedDevice { DeviceName = name };
        if (ebs?.VolumeSize is { } size && before is { SnapshotId: not null } && size < before.VolumeSize)
        {
            throw new CloudException(
                "InvalidBlockDeviceMapping",
                $"Volume of size {size}GB is smaller than snapshot '{before.SnapshotId}', expect size >= {before.VolumeSize}GB");
        }

        if (ebs?.SnapshotId is null && before is null && ebs?.VolumeSize is null && mapping.VirtualName is null)
        {
            throw new CloudException("MissingParameter", "The request must contain the parameter size or snapshotId");
        }

        CheckVolume(name, ebs, start);
        return start with
        {
            VirtualName = mapping.VirtualName,
            SnapshotId = ebs?.SnapshotId ?? start.SnapshotId,
            VolumeSize = ebs?.VolumeSize ?? start.VolumeSize,
            VolumeType = ebs?.VolumeType?.Value ?? start.VolumeType,
            Iops = ebs?.Iops ?? start.Iops,
            Throughput = ebs?.Throughput ?? start.Throughput,
            InitializationRate = ebs?.VolumeInitializationRate ?? start.InitializationRate,
            Encrypted = ebs?.Encrypted ?? start.Encrypted,
            KmsKeyId = ebs?.KmsKeyId ?? start.KmsKeyId,
            DeleteOnTermination = ebs?.DeleteOnTermination ?? start.DeleteOnTermination,
        };
    }
}
