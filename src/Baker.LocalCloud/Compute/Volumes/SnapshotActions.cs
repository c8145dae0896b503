using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Images;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Volumes;

/// <summary>Snapshots.</summary>
internal sealed class SnapshotActions(CloudContext cloud, ComputeModel compute, ImageStates states)
{
    private static readonly Filters<SnapshotRecord> s_filters = new Filters<SnapshotRecord>()
        .Add("snapshot-id", s => s.Id)
        .Add("volume-id", s => s.VolumeId)
        .Add("volume-size", s => s.VolumeSize.ToString(CultureInfo.InvariantCulture))
        .Add("status", s => s.State)
        .Add("description", s => s.Description)
        .Add("owner-id", s => s.OwnerId)
        .Add("owner-alias", s => s.OwnerId == Identifiers.AccountId ? null : "amazon")
        .Add("progress", s => s.State == "completed" ? "100%" : "0%")
        .Add("storage-tier", _ => "standard")
        .Add("start-time", s => ImageView.TimeOf(s.CreatedAt))
        .AddFlag("encrypted", s => s.Encrypted)
        .AddTags(s => s.Tags);

    public void Register(Router router)
    {
        router.Handle<DescribeSnapshotsRequest, DescribeSnapshotsResponse>(ServiceNames.Compute, Describe);
        router.Handle<CreateSnapshotRequest, CreateSnapshotResponse>(ServiceNames.Compute, Create);
        router.Handle<CopySnapshotRequest, CopySnapshotResponse>(ServiceNames.Compute, Copy);
        router.Handle<DeleteSnapshotRequest, DeleteSnapshotResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeSnapshotAttributeRequest, DescribeSnapshotAttributeResponse>(ServiceNames.Compute, DescribeAttribute);
        router.Handle<ModifySnapshotAttributeRequest, ModifySnapshotAttributeResponse>(ServiceNames.Compute, ModifyAttribute);
    }

    private DescribeSnapshotsResponse Describe(Call call, DescribeSnapshotsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var owners = request.OwnerIds ?? [];
        bool IsWanted(SnapshotRecord s) => owners.Count == 0 || owners.Exists(o =>
            o == s.OwnerId || (o == "self" && s.OwnerId == call.AccountId) || (o == "amazon" && s.OwnerId != call.AccountId));
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Snapshots,
            request.SnapshotIds,
            s => IsWanted(s) && filter(Seen(call, s)),
            request.MaxResults,
            request.NextToken);
        return new DescribeSnapshotsResponse { NextToken = next, Snapshots = [.. items.Select(s => View(Seen(call, s)))] };
    }

    /// <summary>The tags of a snapshot are its owner's, as those of an image are.</summary>
    private static SnapshotRecord Seen(Call call, SnapshotRecord snapshot) =>
        Lookup.IsOwn(call.AccountId, snapshot) ? snapshot : snapshot with { Tags = ImmutableSortedDictionary<string, string>.Empty };

    private CreateSnapshotResponse Create(Call call, CreateSnapshotRequest request)
    {
        var volume = compute.Lookup.Find(call, compute.Tables.Volumes, request.VolumeId);
        TagText.RefuseOthers(request.TagSpecifications, "snapshot");
        var record = New(call, volume.Id, volume.Size, request.Description) with
        {
            Encrypted = volume.Encrypted,
            KmsKeyId = volume.KmsKeyId,
            Tags = TagText.For("snapshot", request.TagSpecifications),
        };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        states.Begin(record);
        if (cloud.Sandboxes is { } host && volume.InstanceId is { } instanceId && IsRoot(instanceId, volume.Id))
        {
            cloud.Background.Run(instanceId, async stop =>
            {
                await host.CaptureAsync(instanceId, record.Id, stop).ConfigureAwait(false);
                cloud.Report(() =>
                {
                    if (compute.Tables.Snapshots.Find(record.Id) is { } taken)
                    {
                        compute.Tables.Snapshots.Put(taken with { HasDisk = true });
                    }
                });
            });
        }

        return new CreateSnapshotResponse { Snapshot = View(record) };
    }

    private CopySnapshotResponse Copy(Call call, CopySnapshotRequest request)
    {
        var source = compute.Lookup.Find(call with { Region = request.SourceRegion }, compute.Tables.Snapshots, request.SourceSnapshotId);
        var record = New(
            call,
            "vol-ffffffff",
            source.VolumeSize,
            request.Description ?? $"[Copied {source.Id} from {source.Region}] {source.Description}") with
        {
            Encrypted = request.Encrypted ?? source.Encrypted,
            KmsKeyId = request.KmsKeyId,
            HasDisk = source.HasDisk,
            Tags = TagText.For("snapshot", request.TagSpecifications),
        };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        states.Begin(record);
        if (source.HasDisk)
        {
            states.CopyDisk(source.Id, record.Id);
        }

        return new CopySnapshotResponse { SnapshotId = record.Id, Tags = TagText.ToModel(record.Tags) };
    }

    private DeleteSnapshotResponse Delete(Call call, DeleteSnapshotRequest request)
    {
        var snapshot = Own(call, request.SnapshotId);
        if (compute.Tables.Images.All.FirstOrDefault(i => i.Devices.Any(d => d.SnapshotId == snapshot.Id)) is { } user)
        {
            throw new CloudException("InvalidSnapshot.InUse", $"The snapshot {snapshot.Id} is currently in use by {user.Id}");
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.Snapshots.Remove(snapshot.Id);
        states.RemoveDisk(snapshot.Id);
        return new DeleteSnapshotResponse();
    }

    private DescribeSnapshotAttributeResponse DescribeAttribute(Call call, DescribeSnapshotAttributeRequest request)
    {
        var snapshot = Own(call, request.SnapshotId);
        return new DescribeSnapshotAttributeResponse
        {
            SnapshotId = snapshot.Id,
            CreateVolumePermissions = [.. snapshot.SharedWith.Select(user =>
                user == "all" ? new CreateVolumePermission { Group = PermissionGroup.All } : new CreateVolumePermission { UserId = user })],
        };
    }

    private ModifySnapshotAttributeResponse ModifyAttribute(Call call, ModifySnapshotAttributeRequest request)
    {
        var snapshot = Own(call, request.SnapshotId);
        var (add, remove) = (request.CreateVolumePermission?.Add ?? [], request.CreateVolumePermission?.Remove ?? []);
        var users = (request.UserIds ?? []).Concat(request.GroupNames ?? []).Select(user => new CreateVolumePermission { UserId = user });
        (request.OperationType?.Value == "remove" ? remove : add).AddRange(users);
        if (add.Count > 0 && snapshot.HasDefaultKey)
        {
            throw new CloudException(
                "InvalidParameter",
                "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.");
        }

        var shared = snapshot.SharedWith
            .Union(add.Select(p => p.UserId ?? p.Group.Value))
            .Except(remove.Select(p => p.UserId ?? p.Group.Value));
        compute.Tables.Snapshots.Put(snapshot with { SharedWith = [.. shared] });
        return new ModifySnapshotAttributeResponse();
    }

    private SnapshotRecord Own(Call call, string? id) =>
        compute.Lookup.Find(call, compute.Tables.Snapshots, id) is var snapshot && snapshot.OwnerId == call.AccountId
            ? snapshot
            : throw new CloudException("AuthFailure", $"Not authorized for snapshot:{snapshot.Id}", 403);

    private SnapshotRecord New(Call call, string volumeId, int size, string? description) => new()
    {
        Id = Identifiers.New("snap"),
        Region = call.Region,
        VolumeId = volumeId,
        VolumeSize = size,
        Description = description ?? "",
        StateDue = cloud.After(call.Now, cloud.Delays.Available),
        CreatedAt = call.Now,
        OwnerId = call.AccountId,
    };

    private bool IsRoot(string instanceId, string volumeId) =>
        compute.Tables.Instances.Find(instanceId) is { Executes: true } instance
        && instance.Volumes.Any(v => v.VolumeId == volumeId && v.DeviceName == instance.RootDeviceName);

    private static Snapshot View(SnapshotRecord snapshot) => new()
    {
        SnapshotId = snapshot.Id,
        VolumeId = snapshot.VolumeId,
        VolumeSize = snapshot.VolumeSize,
        Description = snapshot.Description,
        State = snapshot.State,
        Progress = snapshot.State == "completed" ? "100%" : "0%",
        StartTime = snapshot.CreatedAt.UtcDateTime,
        Encrypted = snapshot.Encrypted,
        KmsKeyId = snapshot.KmsKeyId,
        OwnerId = snapshot.OwnerId,
        StorageTier = StorageTier.Standard,
        Tags = TagText.ToModel(snapshot.Tags),
    };
}
