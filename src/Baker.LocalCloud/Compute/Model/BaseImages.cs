using System.Collections.Immutable;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Makes the base images that the manifest names, so that its ids, filters and parameters find them.</summary>
internal static class BaseImages
{
    /// <summary>Whose images they are where the manifest does not say.</summary>
    private const string DefaultOwner = "137112412989";

    private static readonly DateTimeOffset s_made = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Ensure(CloudContext cloud, ComputeTables tables)
    {
        foreach (var wanted in cloud.Named.BaseImages)
        {
            var image = Make(wanted);
            if (tables.Images.Find(image.Id) is { OwnerAlias: null })
            {
                continue;
            }

            if (tables.Images.Find(image.Id) is not { } before || !Same(before, image))
            {
                tables.Images.Put(image);
            }

            if (tables.Snapshots.Find(image.RootSnapshotId!) is not { SharedWith: ["all"] })
            {
                tables.Snapshots.Put(new SnapshotRecord
                {
                    Id = image.RootSnapshotId!,
                    Region = image.Region,
                    VolumeId = "vol-ffffffff",
                    VolumeSize = 8,
                    State = "completed",
                    CreatedAt = s_made,
                    OwnerId = image.OwnerId,
                    SharedWith = ["all"],
                });
            }
        }
    }

    private static ImageRecord Make(BaseImage wanted)
    {
        var id = wanted.Id;
        string? Wanted(string name) =>
            wanted.Filters.FirstOrDefault(f => f.Key == name).Value is { IsDefaultOrEmpty: false } values ? Example(values[0]) : null;
        var owner = wanted.Owners.FirstOrDefault(o => o.Length == 12 && o.All(char.IsAsciiDigit)) ?? DefaultOwner;
        var alias = wanted.Owners.FirstOrDefault(o => o is "amazon" or "aws-marketplace") ?? "amazon";
        var root = Wanted("root-device-name") ?? Wanted("block-device-mapping.device-name") ?? "/dev/sda1";
        var tags = wanted.Filters.Where(f => f.Key.StartsWith("tag:", StringComparison.Ordinal))
            .ToImmutableSortedDictionary(f => f.Key[4..], f => Example(f.Value.IsDefaultOrEmpty ? "" : f.Value[0]), StringComparer.Ordinal);
        return new ImageRecord
        {
            Id = id,
            Region = wanted.Region,
            Name = Wanted("name") ?? $"local-base-{id}",
            Description = Wanted("description") ?? "A base image that the manifest names",
            OwnerId = owner,
            OwnerAlias = alias,
            State = "available",
            CreatedAt = s_made,
            IsPublic = true,
            Architecture = Wanted("architecture") ?? "x86_64",
            RootDeviceName = root,
            DefaultUser = wanted.DefaultUser ?? ImageRecord.UsualUser,
            Devices =
                [new MappedDevice { DeviceName = root, SnapshotId = Identifiers.For("snap", id), VolumeSize = 8, VolumeType = "gp2" }],
            Tags = tags,
        };
    }

    /// <summary>A text that a pattern matches: its wildcards filled.</summary>
    private static string Example(string pattern) => pattern.Replace("*", "20240101", StringComparison.Ordinal).Replace('?', '0');

    private static bool Same(ImageRecord a, ImageRecord b) =>
        a.Name == b.Name
        && a.OwnerId == b.OwnerId
        && a.OwnerAlias == b.OwnerAlias
        && a.Architecture == b.Architecture
        && a.DefaultUser == b.DefaultUser
        && a.Tags.SequenceEqual(b.Tags);
}
