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

    private DateTimeOffset Now => region.Run.Cloud.Clock.UtcNow;

    /// <summary>Every image that Baker made in this region, finished or not.</summary>
    public async Task<IReadOnlyList<KnownImage>> ImagesAsync(CancellationToken stop) =>
        (await _found.Value.WaitAsync(stop).ConfigureAwait(false)).Images;

    /// <summary>The instances that failed bakes of a group kept for the next one to go on with, the newest run's first.</summary>
    public async Task<IReadOnlyList<RecoveryFind>> ToRetryAsync(string group, CancellationToken stop) =>
    [
        .. (await _found.Value.WaitAsync(stop).ConfigureAwait(false)).Kept
            .Where(instance => instance.Group == group && instance.Retry is not null && instance.State != "shutting-down")
            .OrderByDescending(instance => instance.Run, StringComparer.Ordinal),
    ];

    /// <summary>Makes an unfinished image the caller's: it is no longer settled here.</summary>
    public void Take(KnownImage image) => _taken.TryAdd(image.Id, 0);

    /// <summary>The instance that an unfinished image was made from, where it is still there; the caller's to terminate.</summary>
    public string? TakeInstance(KnownImage image)
    {
        var instance = _found.Value.Result.Instances.FirstOrDefault(instance => BelongTogether(image, instance));
        if (instance is not null)
        {
            _taken.TryAdd(instance.Id, 0);
        }

        return instance?.Id;
    }

    /// <summary>
    /// What is removed at once, and beside the bakes: what dead runs left and no unfinished image needs, and kept
    /// instances.
    /// </summary>
    /// <param name="groups">The groups whose kept instances go.</param>
    public async Task<IReadOnlyList<Salvage>> FirstAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        return
        [
            .. DeadInstances(found)
                .Concat(found.Kept.Where(instance => IsMeant(instance, groups)))
                .Select(instance => new Salvage.EndInstance(instance)),
            .. DeadSnapshots(found).Select(snapshot => new Salvage.DeleteSnapshot(snapshot)),
            .. Dead(found.Volumes).Select(volume => new Salvage.DeleteVolume(volume)),
        ];
    }

    /// <summary>
    /// What comes after the bakes: the unfinished images that none has taken over; and what let dead runs into their instances,
    /// for a security group stays as long as an instance has it.
    /// </summary>
    /// <param name="groups">The groups whose kept instances are gone.</param>
    public async Task<IReadOnlyList<Salvage>> LastAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var found = await _found.Value.WaitAsync(stop).ConfigureAwait(false);
        return
        [
            .. found.Images.Where(image => IsUnfinished(image) && !_taken.ContainsKey(image.Id))
                .Select(image => new Salvage.FinishImage(image, [.. found.Instances.Where(instance => BelongTogether(image, instance))])),
            .. Dead(found.KeyPairs).Select(pair => new Salvage.DeleteKey(pair)),
            .. found.SecurityGroups
                .Where(group => group.IsKept ? IsMeant(group, groups) : group.Lease?.IsOver(Now) ?? true)
                .Select(group => new Salvage.DeleteSecurityGroup(group)),
        ];
    }

    public Task DoAsync(Salvage step, CancellationToken stop) => step switch
    {
        Salvage.EndInstance { Instance: var instance } => TerminateAsync(instance, stop),
        Salvage.DeleteSnapshot { Snapshot: var snapshot } => DeleteAsync(snapshot, stop),
        Salvage.DeleteVolume => InstanceRemoval.DeleteVolumeAsync(Cloud, step.Id, stop),
        Salvage.FinishImage finish => FinishAsync(finish, stop),
        Salvage.DeleteKey => AccessRemoval.DeleteKeyAsync(Cloud, step.Id, stop),
        Salvage.DeleteSecurityGroup => AccessRemoval.DeleteGroupAsync(Cloud, step.Id, region.Run.Time, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    // Somebody may have registered an image from it meanwhile: then it is no dead run's any more, and packer:clean says who has it.
    private async Task DeleteAsync(RecoveryFind snapshot, CancellationToken stop)
    {
        try
        {
            await Cloud.Pacer.SendAsync(
                Cloud.Clients.EC2.DeleteSnapshotAsync,
                new DeleteSnapshotRequest { SnapshotId = snapshot.Id },
                stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode == "InvalidSnapshot.NotFound")
        {
            // Another run has found it too, or an earlier reply was lost.
        }
        catch (AmazonServiceException error) when (error.ErrorCode == "InvalidSnapshot.InUse")
        {
            region.Run.Watcher.Note(snapshot.Group, $"snapshot {snapshot.Id} stays: an image has it");
            var request = new DeleteTagsRequest { Resources = [snapshot.Id], Tags = [new Tag { Key = BakerTags.Lease }] };
            await Cloud.Pacer.SendAsync(Cloud.Clients.EC2.DeleteTagsAsync, request, stop).ConfigureAwait(false);
        }
    }

    private List<RecoveryFind> DeadInstances(Found found) =>
        [.. found.Instances.Where(instance =>
            (instance.Lease?.IsOver(Now) ?? true) && !found.Images.Any(image => IsUnfinished(image) && BelongTogether(image, instance)))];

    private List<RecoveryFind> DeadSnapshots(Found found) =>
        [.. found.Snapshots.Where(snapshot =>
            (snapshot.Lease?.IsOver(Now) ?? true) && !found.Images.Any(image => BelongTogether(image, snapshot)))];

    private List<RecoveryFind> Dead(IEnumerable<RecoveryFind> left) => [.. left.Where(each => each.Lease?.IsOver(Now) ?? true)];

    private async Task FinishAsync(Salvage.FinishImage step, CancellationToken stop)
    {
        var image = step.Image;
        var state = image.State;
        var snapshots = image.SnapshotIds;
        if (state == "pending")
        {
            var settled = await Cloud.Waits.Images.UntilAsync(
                image.Id,
                now => now is null || now.State?.Value != "pending",
                new($"{Cloud.Name}/available", TimeSpan.FromHours(2), $"image {image.Id}"),
                stop).ConfigureAwait(false);
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

        foreach (var instance in step.Instances)
        {
            await TerminateAsync(instance, stop).ConfigureAwait(false);
        }
    }

    private bool IsMeant(RecoveryFind kept, IReadOnlySet<string> groups) => groups.Contains(kept.Group)
        && (region.Run.Options.Environment is not { } environment || kept.Environment == environment.ToString());

    private bool IsUnfinished(KnownImage image) => image.Lease is { } lease && lease.IsOver(Now);

    /// <summary>An instance that was launched from the image is not what it was made from: it was to be tested.</summary>
    private static bool BelongTogether(KnownImage image, RecoveryFind left) =>
        image.Run == left.Run && image.Group == left.Group && image.Id != left.SourceImageId;

    private async Task TerminateAsync(RecoveryFind instance, CancellationToken stop)
    {
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
                Filters =
                [
                    new Filter { Name = $"tag:{BakerTags.Purpose}", Values = [BakerTags.Bake, BakerTags.Trial] },
                    new Filter { Name = "status", Values = ["available"] },
                ],
            },
            CancellationToken.None);
        var groups = pacer.SendAsync(
            ec2.DescribeSecurityGroupsAsync,
            new DescribeSecurityGroupsRequest
            {
                Filters = [new Filter { Name = $"tag:{BakerTags.Purpose}", Values = [BakerTags.Bake, BakerTags.Kept] }],
            },
            CancellationToken.None);

        // Not by filter: they come in one answer, and some endpoints other than AWS know no filter of their tags.
        var keys = pacer.SendAsync(ec2.DescribeKeyPairsAsync, new DescribeKeyPairsRequest(), CancellationToken.None);
        var instances = new List<RecoveryFind>();
        var request = new DescribeInstancesRequest
        {
            Filters =
            [
                new Filter { Name = $"tag:{BakerTags.Purpose}", Values = [BakerTags.Bake, BakerTags.Trial, BakerTags.Kept] },
                new Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped", "shutting-down"] },
            ],
        };
        var pages = pacer.PagesAsync(
            ec2.DescribeInstancesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            CancellationToken.None);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            instances.AddRange((page.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? []).Select(RecoveryFind.Of));
        }

        return new Found(
            [.. instances.Where(instance => !instance.IsKept)],
            [.. instances.Where(instance => instance.IsKept)],
            [.. ((await images.ConfigureAwait(false)).Images ?? []).Select(KnownImage.Of)],
            [.. ((await snapshots.ConfigureAwait(false)).Snapshots ?? []).Select(snapshot =>
                RecoveryFind.Of(snapshot.SnapshotId, snapshot.Tags))],
            [.. ((await volumes.ConfigureAwait(false)).Volumes ?? []).Select(volume => RecoveryFind.Of(volume.VolumeId, volume.Tags))],
            [.. ((await keys.ConfigureAwait(false)).KeyPairs ?? [])
                .Where(key => key.Tags?.Exists(IsOfBake) == true)
                .Select(key => RecoveryFind.Of(key.KeyName, key.Tags))],
            [.. ((await groups.ConfigureAwait(false)).SecurityGroups ?? []).Select(group => RecoveryFind.Of(group.GroupId, group.Tags))]);
    }

    private static bool IsOfBake(Tag tag) => tag is { Key: BakerTags.Purpose, Value: BakerTags.Bake };

    private sealed record Found(
        IReadOnlyList<RecoveryFind> Instances,
        IReadOnlyList<RecoveryFind> Kept,
        IReadOnlyList<KnownImage> Images,
        IReadOnlyList<RecoveryFind> Snapshots,
        IReadOnlyList<RecoveryFind> Volumes,
        IReadOnlyList<RecoveryFind> KeyPairs,
        IReadOnlyList<RecoveryFind> SecurityGroups);
}
