using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>What a run of Packer left on the cloud: it ends well, too, where it could not remove something.</summary>
public static class PackerRemains
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    /// <param name="run">The run, by whose tag what it made is found.</param>
    /// <param name="made">The images that it gave, which are to stay.</param>
    /// <param name="kept">The instances that are to stay.</param>
    public static async Task<ImmutableArray<Leftover>> FindAsync(
        CloudRegion region,
        string run,
        PackerTraces traces,
        ImmutableArray<PackerImage> made,
        IReadOnlyCollection<string> kept,
        SuggestedCommands suggested,
        TimeProvider time)
    {
        if (!traces.HasBegun)
        {
            return [];
        }

        using var bound = new CancellationTokenSource(s_bound, time);
        var look = new Look(region, run, traces, suggested, bound.Token);
        try
        {
            return
            [
                .. await look.InstancesAsync(kept).ConfigureAwait(false),
                .. await look.VolumesAsync().ConfigureAwait(false),
                .. await look.ImagesAsync(made.Select(image => image.ImageId).ToHashSet(StringComparer.Ordinal)).ConfigureAwait(false),
                .. await look.AccessAsync().ConfigureAwait(false),
            ];
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            return [.. look.Perhaps(made.IsEmpty)];
        }
    }

    private sealed class Look(CloudRegion region, string run, PackerTraces traces, SuggestedCommands suggested, CancellationToken stop)
    {
        private readonly HashSet<string> _instances = [.. traces.Instances];

        public async Task<IReadOnlyList<Leftover>> InstancesAsync(IReadOnlyCollection<string> kept)
        {
            var request = new DescribeInstancesRequest { Filters = [OfRun()] };
            var answer = await region.Pacer.SendAsync(region.Clients.EC2.DescribeInstancesAsync, request, stop).ConfigureAwait(false);
            var found = (answer.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? []).ToList();
            _instances.UnionWith(found.Select(instance => instance.InstanceId));
            return [.. found
                .Where(instance => instance.State?.Name?.Value is not ("terminated" or "shutting-down"))
                .Where(instance => !kept.Contains(instance.InstanceId))
                .Select(instance => Instance(instance.InstanceId))];
        }

        public async Task<IReadOnlyList<Leftover>> VolumesAsync()
        {
            var request = new DescribeVolumesRequest { Filters = [OfRun(), new Filter { Name = "status", Values = ["available"] }] };
            var answer = await region.Pacer.SendAsync(region.Clients.EC2.DescribeVolumesAsync, request, stop).ConfigureAwait(false);
            return [.. (answer.Volumes ?? []).Select(volume => new Leftover(
                $"volume {volume.VolumeId}",
                suggested.Aws(region.Name, $"ec2 delete-volume --volume-id {volume.VolumeId}")))];
        }

        /// <summary>
        /// Images, and snapshots of none: Packer tags both when they are there, so they are known by name and instance, too.
        /// </summary>
        public async Task<IReadOnlyList<Leftover>> ImagesAsync(HashSet<string> made)
        {
            var (ec2, pacer) = (region.Clients.EC2, region.Pacer);
            var images = new List<Image>();
            var names = traces.ImageNames;
            foreach (var filter in names.IsEmpty ? [OfRun()] : new[] { OfRun(), new Filter { Name = "name", Values = [.. names] } })
            {
                var request = new DescribeImagesRequest { Owners = ["self"], Filters = [filter] };
                images.AddRange((await pacer.SendAsync(ec2.DescribeImagesAsync, request, stop).ConfigureAwait(false)).Images ?? []);
            }

            var used = images.SelectMany(image => image.BlockDeviceMappings ?? []).Select(device => device.Ebs?.SnapshotId).ToHashSet();
            var own = new DescribeSnapshotsRequest { OwnerIds = ["self"] };
            var snapshots = (await pacer.SendAsync(ec2.DescribeSnapshotsAsync, own, stop).ConfigureAwait(false)).Snapshots ?? [];
            return
            [
                .. images.Select(image => image.ImageId).Distinct().Where(id => !made.Contains(id)).Select(Image),
                .. snapshots
                    .Where(snapshot => !used.Contains(snapshot.SnapshotId) && IsOurs(snapshot))
                    .Select(snapshot => new Leftover(
                        $"snapshot {snapshot.SnapshotId}",
                        suggested.Aws(region.Name, $"ec2 delete-snapshot --snapshot-id {snapshot.SnapshotId}"))),
            ];
        }

        /// <summary>What let Packer in.</summary>
        public async Task<IReadOnlyList<Leftover>> AccessAsync()
        {
            if (traces.Temporary.IsEmpty)
            {
                return [];
            }

            var (ec2, pacer) = (region.Clients.EC2, region.Pacer);
            var pairs = new DescribeKeyPairsRequest { Filters = [new Filter { Name = "key-name", Values = [.. traces.Temporary] }] };
            var groups = new DescribeSecurityGroupsRequest
            {
                Filters = [new Filter { Name = "group-name", Values = [.. traces.Temporary] }],
            };
            return
            [
                .. ((await pacer.SendAsync(ec2.DescribeKeyPairsAsync, pairs, stop).ConfigureAwait(false)).KeyPairs ?? [])
                    .Select(pair => KeyPair(pair.KeyName)),
                .. ((await pacer.SendAsync(ec2.DescribeSecurityGroupsAsync, groups, stop).ConfigureAwait(false)).SecurityGroups ?? [])
                    .Select(group => new Leftover(
                        $"security group {group.GroupId} ({group.GroupName})",
                        suggested.Aws(region.Name, $"ec2 delete-security-group --group-id {group.GroupId}"))),
            ];
        }

        /// <summary>What there may be, where the cloud does not say.</summary>
        /// <param name="hasNone">Whether it gave no image.</param>
        public IEnumerable<Leftover> Perhaps(bool hasNone)
        {
            var byTag = $"--filters Name=tag:{BakerTags.Run},Values={run}";
            foreach (var instance in _instances.Select(Instance).DefaultIfEmpty(new Leftover(
                "an instance, perhaps",
                suggested.Aws(region.Name, $"ec2 describe-instances {byTag}"))))
            {
                yield return instance;
            }

            if (hasNone)
            {
                var name = traces.ImageNames is [var first, ..] ? $"--owners self --filters \"Name=name,Values={first}\"" : byTag;
                yield return new Leftover(
                    "an image and its snapshots, perhaps",
                    suggested.Aws(region.Name, $"ec2 describe-images {name}"));
            }

            foreach (var name in traces.Temporary)
            {
                yield return KeyPair(name);
                yield return new Leftover(
                    $"security group {name}, perhaps",
                    suggested.Aws(region.Name, $"ec2 delete-security-group --group-name {name}"));
            }
        }

        private Filter OfRun() => new() { Name = $"tag:{BakerTags.Run}", Values = [run] };

        private bool IsOurs(Snapshot snapshot) =>
            (snapshot.Tags ?? []).Exists(tag => tag.Key == BakerTags.Run && tag.Value == run)
            || _instances.Any(id => snapshot.Description?.Contains(id, StringComparison.Ordinal) == true);

        private Leftover Instance(string id) =>
            new($"instance {id}", suggested.Aws(region.Name, $"ec2 terminate-instances --instance-ids {id}"));

        private Leftover Image(string id) => new(
            $"image {id} and its snapshots",
            suggested.Aws(region.Name, $"ec2 deregister-image --image-id {id} --delete-associated-snapshots"));

        private Leftover KeyPair(string name) =>
            new($"key pair {name}", suggested.Aws(region.Name, $"ec2 delete-key-pair --key-name {name}"));
    }
}
