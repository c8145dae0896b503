using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Images;

/// <summary>
/// What runs that died left in a region, found by tags alone. An image that such a run had begun is finished, everything
/// else is removed; what a live run holds a lease on is left alone.
/// </summary>
internal sealed class Recovery(BakeRegion region)
{
    private readonly ConcurrentDictionary<string, byte> _taken = new(StringComparer.Ordinal);
    private readonly Lazy<Task<Found>> _found = new(() => FindAsync(region));

    private CloudRegion Cloud => region.Cloud;

    private DateTimeOffset Now => region.Run.Time.GetUtcNow();

    /// <summary>Every image that Baker made in this region, finished or not.</summary>
    public async Task<IReadOnlyList<KnownImage>> ImagesAsync(CancellationToken stop) => (await _found.Value.WaitAsync(stop).ConfigureAwait(false)).Images;

    /// <summary>Makes an unfinished image the caller's: it is no longer settled here.</summary>
    public void Take(KnownImage image) => _taken.TryAdd(image.Id, 0);

    /// <summary>The instance that an unfinished image was made from, where it is still there; the caller's to terminate.</summary>
    public string? TakeInstance(KnownImage image)
    {
        var instance = _found.Value.Result.Instances.FirstOrDefault(instance => instance.Run == image.Run && instance.Group == image.Group);
        if (instance is not null)
        {
            _taken.TryAdd(instance.Id, 0);
        }

        return instance?.Id;
    }

    /// <summary>
    /// What <see cref="ReapAsync"/>, <see cref="EndKeptAsync"/>, <see cref="SettleAsync(CancellationToken)"/> and <see cref="CloseAsync"/>
    /// would do, in their words.
    /// </summary>
    /// <param name="groups">The groups whose kept instances go.</param>
    public async Task<IReadOnlyList<Salvage>> PlanAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        return
        [
            .. DeadInstances(found).Concat(KeptInstances(found, groups)).Select(Termination),
            .. DeadSnapshots(found).Select(Deletion),
            .. DeadVolumes(found).Select(Discarding),
            .. Unfinished(found).SelectMany(image => found.Instances.Where(instance => BelongTogether(image, instance)).Select(Termination).Prepend(Settlement(image))),
            .. Dead(found.KeyPairs).Select(KeyDeletion),
            .. Closed(found, groups).Select(GroupDeletion),
        ];
    }

    /// <summary>Removes what dead runs left and no unfinished image needs. Runs beside the bakes.</summary>
    public async Task<int> ReapAsync(CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        var dead = DeadInstances(found);
        await Task.WhenAll(dead.Select(instance => TerminateAsync(instance, stop))).ConfigureAwait(false);
        var orphans = DeadSnapshots(found);
        foreach (var orphan in orphans)
        {
            Say(Deletion(orphan));
            await DeleteAsync(orphan, stop).ConfigureAwait(false);
        }

        var volumes = DeadVolumes(found);
        foreach (var volume in volumes)
        {
            Say(Discarding(volume));
            await InstanceRemoval.DeleteVolumeAsync(Cloud, volume.Id, stop).ConfigureAwait(false);
        }

        return dead.Count + orphans.Count + volumes.Count;
    }

    /// <summary>Ends the instances that failed bakes of the groups left for a look.</summary>
    public async Task<int> EndKeptAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var kept = KeptInstances(await _found.Value.WaitAsync(stop).ConfigureAwait(false), groups);
        await Task.WhenAll(kept.Select(instance => TerminateAsync(instance, stop))).ConfigureAwait(false);
        return kept.Count;
    }

    /// <summary>Finishes, or where they failed removes, the unfinished images of dead runs that no bake has taken over.</summary>
    public async Task<int> SettleAsync(CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        var unfinished = Unfinished(found);
        await Task.WhenAll(unfinished.Select(image => SettleAsync(image, found, stop))).ConfigureAwait(false);
        return unfinished.Count;
    }

    /// <summary>Removes what let dead runs into their instances; once those are gone, for a security group stays as long as an instance has it.</summary>
    /// <param name="ended">The groups whose kept instances are gone.</param>
    public async Task<int> CloseAsync(IReadOnlySet<string> ended, CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        var (keys, groups) = (Dead(found.KeyPairs), Closed(found, ended));
        foreach (var key in keys)
        {
            Say(KeyDeletion(key));
            await AccessRemoval.DeleteKeyAsync(Cloud, key.Id, stop).ConfigureAwait(false);
        }

        foreach (var group in groups)
        {
            Say(GroupDeletion(group));
            await AccessRemoval.DeleteGroupAsync(Cloud, group.Id, region.Run.Time, stop).ConfigureAwait(false);
        }

        return keys.Count + groups.Count;
    }

    private static Salvage KeyDeletion(Left key) => new(key.Group, key.Id, $"delete key pair {key.Id}, left by a run that died ({key.Run})");

    private static Salvage GroupDeletion(Left group) => new(group.Group, group.Id, $"delete security group {group.Id}, {(group.IsKept ? $"which let in to an instance that a failed bake of {group.Group} kept" : "left by a run that died")} ({group.Run})");

    // Somebody may have registered an image from it meanwhile: then it is no dead run's any more, and packer:clean says who has it.
    private async Task DeleteAsync(Left snapshot, CancellationToken stop)
    {
        try
        {
            await Cloud.Pacer.SendAsync(Cloud.Clients.EC2.DeleteSnapshotAsync, new DeleteSnapshotRequest { SnapshotId = snapshot.Id }, stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode == "InvalidSnapshot.InUse")
        {
            region.Run.Watcher.Note(snapshot.Group, $"snapshot {snapshot.Id} stays: an image has it");
            var request = new DeleteTagsRequest { Resources = [snapshot.Id], Tags = [new Tag { Key = BakerTags.Lease }] };
            await Cloud.Pacer.SendAsync(Cloud.Clients.EC2.DeleteTagsAsync, request, stop).ConfigureAwait(false);
        }
    }

    private static Salvage Termination(Left instance) => new(instance.Group, instance.Id, $"terminate instance {instance.Id}, {(instance.IsKept ? $"which a failed bake of {instance.Group} kept" : "left by a run that died")} ({instance.Run})");

    private static Salvage Deletion(Left snapshot) => new(snapshot.Group, snapshot.Id, $"delete snapshot {snapshot.Id}, left by a run that died ({snapshot.Run})");

    private static Salvage Discarding(Left volume) => new(volume.Group, volume.Id, $"delete volume {volume.Id}, left by a run that died ({volume.Run})");

    private static Salvage Settlement(KnownImage image)
    {
        var what = $"image {image.Id} ({image.Name}), begun by a run that died ({image.Run})";
        return new(image.Group ?? "", image.Id, image.State switch
        {
            "available" => $"finish {what}",
            "pending" => $"wait for {what}, and finish it",
            _ => $"remove {what}: it is {image.State}",
        });
    }

    private static List<Left> KeptInstances(Found found, IReadOnlySet<string> groups) => [.. found.Kept.Where(instance => groups.Contains(instance.Group))];

    private List<Left> DeadInstances(Found found) =>
        [.. found.Instances.Where(instance => (instance.Lease?.IsOver(Now) ?? true) && !found.Images.Any(image => IsUnfinished(image) && BelongTogether(image, instance)))];

    private List<Left> DeadSnapshots(Found found) =>
        [.. found.Snapshots.Where(snapshot => (snapshot.Lease?.IsOver(Now) ?? true) && !found.Images.Any(image => BelongTogether(image, snapshot)))];

    private List<Left> DeadVolumes(Found found) => Dead(found.Volumes);

    private List<Left> Closed(Found found, IReadOnlySet<string> ended) =>
        [.. found.SecurityGroups.Where(group => group.IsKept ? ended.Contains(group.Group) : group.Lease?.IsOver(Now) ?? true)];

    private List<Left> Dead(IEnumerable<Left> left) => [.. left.Where(each => each.Lease?.IsOver(Now) ?? true)];

    private List<KnownImage> Unfinished(Found found) => [.. found.Images.Where(image => IsUnfinished(image) && !_taken.ContainsKey(image.Id))];

    private void Say(Salvage salvage) => region.Run.Watcher.Note(salvage.Group, salvage.Text);

    private async Task SettleAsync(KnownImage image, Found found, CancellationToken stop)
    {
        Say(Settlement(image));
        var state = image.State;
        var snapshots = image.SnapshotIds;
        if (state == "pending")
        {
            var settled = await Cloud.Waits.Images.UntilAsync(image.Id, now => now is null || now.State?.Value != "pending", new($"{Cloud.Name}/available", TimeSpan.FromHours(2), $"image {image.Id}"), stop).ConfigureAwait(false);
            (state, snapshots) = settled is null ? ("gone", []) : (settled.State?.Value ?? "", KnownImage.Of(settled).SnapshotIds);
        }

        if (state == "available")
        {
            await region.FinishAsync(image.Id, snapshots, stop).ConfigureAwait(false);
        }
        else
        {
            await ImageRemoval.RemoveAsync(Cloud, image.Id, stop).ConfigureAwait(false);
            region.Run.Watcher.Note(image.Group ?? "", $"image {image.Id} was {state} and is removed");
        }

        foreach (var instance in found.Instances.Where(instance => BelongTogether(image, instance)))
        {
            await TerminateAsync(instance, stop).ConfigureAwait(false);
        }
    }

    private bool IsUnfinished(KnownImage image) => image.Lease is { } lease && lease.IsOver(Now);

    private static bool BelongTogether(KnownImage image, Left left) => image.Run == left.Run && image.Group == left.Group;

    private async Task TerminateAsync(Left instance, CancellationToken stop)
    {
        Say(Termination(instance));
        await region.Terminations.AddAsync([instance.Id], stop).ConfigureAwait(false);
        await InstanceRemoval.UntilGoneAsync(Cloud, instance.Id, stop).ConfigureAwait(false);
        foreach (var volume in instance.KeptVolumes)
        {
            await InstanceRemoval.DeleteVolumeAsync(Cloud, volume, stop).ConfigureAwait(false);
        }
    }

    private static async Task<Found> FindAsync(BakeRegion region)
    {
        var (ec2, pacer) = (region.Cloud.Clients.EC2, region.Cloud.Pacer);
        var images = pacer.SendAsync(
            ec2.DescribeImagesAsync,
            new DescribeImagesRequest { Owners = ["self"], Filters = [new Filter { Name = "tag-key", Values = [BakerTags.Group] }] },
            CancellationToken.None);
        var snapshots = pacer.SendAsync(
            ec2.DescribeSnapshotsAsync,
            new DescribeSnapshotsRequest { OwnerIds = ["self"], Filters = [new Filter { Name = "tag-key", Values = [BakerTags.Lease] }] },
            CancellationToken.None);
        var volumes = pacer.SendAsync(
            ec2.DescribeVolumesAsync,
            new DescribeVolumesRequest
            {
                Filters = [new Filter { Name = $"tag:{BakerTags.Purpose}", Values = ["bake"] }, new Filter { Name = "status", Values = ["available"] }],
            },
            CancellationToken.None);
        var groups = pacer.SendAsync(
            ec2.DescribeSecurityGroupsAsync,
            new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = $"tag:{BakerTags.Purpose}", Values = ["bake", BakerTags.Kept] }] },
            CancellationToken.None);

        // Not by filter: they come in one answer, and some endpoints other than AWS know no filter of their tags.
        var keys = pacer.SendAsync(ec2.DescribeKeyPairsAsync, new DescribeKeyPairsRequest(), CancellationToken.None);
        var instances = new List<Left>();
        var request = new DescribeInstancesRequest
        {
            Filters =
            [
                new Filter { Name = $"tag:{BakerTags.Purpose}", Values = ["bake", BakerTags.Kept] },
                new Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped", "shutting-down"] },
            ],
        };
        await foreach (var page in pacer.PagesAsync(ec2.DescribeInstancesAsync, request, reply => request.NextToken = reply.NextToken, CancellationToken.None).ConfigureAwait(false))
        {
            instances.AddRange((page.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? []).Select(Left.Of));
        }

        return new Found(
            [.. instances.Where(instance => !instance.IsKept)],
            [.. instances.Where(instance => instance.IsKept)],
            [.. ((await images.ConfigureAwait(false)).Images ?? []).Select(KnownImage.Of)],
            [.. ((await snapshots.ConfigureAwait(false)).Snapshots ?? []).Select(snapshot => Left.Of(snapshot.SnapshotId, snapshot.Tags))],
            [.. ((await volumes.ConfigureAwait(false)).Volumes ?? []).Select(volume => Left.Of(volume.VolumeId, volume.Tags))],
            [.. ((await keys.ConfigureAwait(false)).KeyPairs ?? []).Where(key => key.Tags?.Exists(IsOfBake) == true).Select(key => Left.Of(key.KeyName, key.Tags))],
            [.. ((await groups.ConfigureAwait(false)).SecurityGroups ?? []).Select(group => Left.Of(group.GroupId, group.Tags))]);
    }

    private static bool IsOfBake(Tag tag) => tag is { Key: BakerTags.Purpose, Value: "bake" };

    private sealed record Found(
        IReadOnlyList<Left> Instances,
        IReadOnlyList<Left> Kept,
        IReadOnlyList<KnownImage> Images,
        IReadOnlyList<Left> Snapshots,
        IReadOnlyList<Left> Volumes,
        IReadOnlyList<Left> KeyPairs,
        IReadOnlyList<Left> SecurityGroups);

    private sealed record Left(string Id, string Group, string Run, Lease? Lease)
    {
        /// <summary>An instance that a failed bake left for a look, or what lets in to one.</summary>
        public bool IsKept { get; private init; }

        /// <summary>Of an instance: the volumes that outlive it.</summary>
        public IReadOnlyList<string> KeptVolumes { get; private init; } = [];

        public static Left Of(Instance instance) => Of(instance.InstanceId, instance.Tags) with
        {
            KeptVolumes = [.. (instance.BlockDeviceMappings ?? []).Where(mapping => mapping.Ebs?.DeleteOnTermination == false).Select(mapping => mapping.Ebs.VolumeId)],
        };

        public static Left Of(string id, List<Tag>? tags)
        {
            var values = (tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
            return new Left(id, values.GetValueOrDefault(BakerTags.Group, ""), values.GetValueOrDefault(BakerTags.Run, ""), Lease.Parse(values.GetValueOrDefault(BakerTags.Lease)))
            {
                IsKept = values.GetValueOrDefault(BakerTags.Purpose) == BakerTags.Kept,
            };
        }
    }
}
