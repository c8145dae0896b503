using Amazon.EC2.Model;
using Baker.Cloud;

namespace Baker.Cli.Tests.Bakes;

/// <summary>What is on a cloud after a command: what costs money as lines of text, and the images with their snapshots.</summary>
internal sealed record Remains(IReadOnlyList<string> Litter, IReadOnlyList<Image> Images, IReadOnlyList<Snapshot> Snapshots)
{
    /// <summary>How many instances there are, and were a while ago.</summary>
    public int Launched { get; private init; }

    public static async Task<Remains> OfAsync(CloudClients clients)
    {
        var ec2 = clients.EC2;
        var litter = new List<string>();
        var instances = await ec2.DescribeInstancesAsync(new DescribeInstancesRequest());
        litter.AddRange((instances.Reservations ?? [])
            .SelectMany(reservation => reservation.Instances)
            .Where(instance => instance.State.Name.Value != "terminated")
            .Select(instance => $"instance {instance.InstanceId} {instance.State.Name}"));
        litter.AddRange(((await ec2.DescribeVolumesAsync(new DescribeVolumesRequest())).Volumes ?? []).Select(volume => $"volume {volume.VolumeId}"));
        litter.AddRange(((await ec2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest())).KeyPairs ?? []).Select(key => $"key pair {key.KeyName}"));
        litter.AddRange(((await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups ?? [])
            .Where(group => group.GroupName != "default")
            .Select(group => $"security group {group.GroupName}"));
        var images = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images ?? [];
        var snapshots = (await ec2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { OwnerIds = ["self"] })).Snapshots ?? [];
        litter.AddRange(images.Where(image => image.State.Value != "available").Select(image => $"image {image.ImageId} {image.State}"));
        litter.AddRange(images.Where(image => !IsFinished(image.Tags)).Select(image => $"image {image.ImageId} with the wrong tags"));
        litter.AddRange(snapshots.Where(snapshot => !IsFinished(snapshot.Tags)).Select(snapshot => $"snapshot {snapshot.SnapshotId} with the wrong tags"));
        var used = images.SelectMany(image => image.BlockDeviceMappings ?? []).Select(device => device.Ebs?.SnapshotId).ToHashSet();
        litter.AddRange(snapshots.Where(snapshot => !used.Contains(snapshot.SnapshotId)).Select(snapshot => $"snapshot {snapshot.SnapshotId} of no image"));
        return new Remains(litter, images, snapshots) { Launched = (instances.Reservations ?? []).Sum(reservation => reservation.Instances.Count) };
    }

    private static bool IsFinished(List<Tag>? tags) => Has(tags, BakerTags.Group) && Has(tags, BakerTags.Fingerprint) && !Has(tags, BakerTags.Lease);

    private static bool Has(List<Tag>? tags, string key) => tags?.Exists(tag => tag.Key == key) == true;
}
