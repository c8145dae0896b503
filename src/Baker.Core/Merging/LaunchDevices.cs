using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>Which block devices a launch maps, beside those that its image maps.</summary>
public static class LaunchDevices
{
    /// <summary>Of a bake: the group's; with <c>encrypt_boot</c> all of them encrypted, and those of the source image too.</summary>
    /// <param name="imageVolumes">The device names under which the source image maps volumes.</param>
    public static ImmutableArray<BlockDevice> OfBake(NodeGroup group, IEnumerable<string> imageVolumes)
    {
        var own = group.BlockDevices.Select(device => device with { DeleteOnTermination = device.DeleteOnTermination ?? true });
        if (group.EncryptBoot != true)
        {
            return [.. own];
        }

        var names = group.BlockDevices.Select(device => device.DeviceName).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. own.Select(device => device with { Encrypted = true, KmsKeyId = device.KmsKeyId ?? group.KmsKeyId }),
            .. imageVolumes
                .Where(name => !names.Contains(name))
                .Select(name => new BlockDevice(name) { Encrypted = true, KmsKeyId = group.KmsKeyId }),
        ];
    }

    /// <summary>
    /// Of everything launched from a finished image: what the image does not map, for what it maps it has from the bake; and how fast
    /// what has a snapshot is filled from it.
    /// </summary>
    /// <param name="imageDevices">The names of all devices that the image maps.</param>
    /// <param name="imageVolumes">Those of them that it has snapshots of.</param>
    public static ImmutableArray<BlockDevice> OfImage(
        NodeGroup group,
        IEnumerable<string> imageDevices,
        IEnumerable<string> imageVolumes)
    {
        var mapped = imageDevices.ToHashSet(StringComparer.Ordinal);
        var own = group.BlockDevices.Where(device => !mapped.Contains(device.DeviceName));
        return group.VolumeInitializationRate is not { } rate
            ? [.. own]
            :
            [
                .. imageVolumes.Select(name => new BlockDevice(name) { InitializationRate = rate }),
                .. own.Select(device => device.SnapshotId is null ? device : device with { InitializationRate = rate }),
            ];
    }
}
