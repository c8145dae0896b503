using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Images;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Volumes;

/// <summary>Volumes. They hold no bytes but for the root volume's, which are its instance's sandbox.</summary>
internal sealed class VolumeActions(ComputeModel compute)
{
    private readonly Filters<VolumeRecord> _filters = new Filters<VolumeRecord>()
        .Add("volume-id", v => v.Id)
        .Add("volume-type", v => v.VolumeType)
        .Add("availability-zone", v => v.Zone)
        .Add("status", v => v.State)
        .Add("size", v => v.Size.ToString(CultureInfo.InvariantCulture))
        .Add("snapshot-id", v => v.SnapshotId)
        .Add("attachment.instance-id", v => v.InstanceId)
        .Add("attachment.device", v => AttachmentOf(compute, v)?.DeviceName)
        .Add("attachment.status", v => v.InstanceId is null ? null : "attached")
        .Add("attachment.delete-on-termination", v => AttachmentOf(compute, v) is { } a ? (a.DeleteOnTermination ? "true" : "false") : null)
        .Add("create-time", v => ImageView.TimeOf(v.CreatedAt))
        .AddFlag("encrypted", v => v.Encrypted)
        .AddTags(v => v.Tags);

    public void Register(Router router)
    {
        router.Handle<DescribeVolumesRequest, DescribeVolumesResponse>(ServiceNames.Compute, Describe);
        router.Handle<CreateVolumeRequest, CreateVolumeResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteVolumeRequest, DeleteVolumeResponse>(ServiceNames.Compute, Delete);
        router.Handle<AttachVolumeRequest, AttachVolumeResponse>(ServiceNames.Compute, Attach);
        router.Handle<DetachVolumeRequest, DetachVolumeResponse>(ServiceNames.Compute, Detach);
        router.Handle<GetEbsEncryptionByDefaultRequest, GetEbsEncryptionByDefaultResponse>(
            ServiceNames.Compute,
            (_, _) => new GetEbsEncryptionByDefaultResponse { EbsEncryptionByDefault = false });
        router.Handle<GetEbsDefaultKmsKeyIdRequest, GetEbsDefaultKmsKeyIdResponse>(
            ServiceNames.Compute,
            (_, _) => new GetEbsDefaultKmsKeyIdResponse { KmsKeyId = "alias/aws/ebs" });
    }

    private DescribeVolumesResponse Describe(Call call, DescribeVolumesRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Volumes,
            request.VolumeIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeVolumesResponse { NextToken = next, Volumes = [.. items.Select(View)] };
    }

    private CreateVolumeResponse Create(Call call, CreateVolumeRequest request)
    {
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.Volumes.All.FirstOrDefault(v => v.Region == call.Region && v.ClientToken == token) is { } before)
        {
            return new CreateVolumeResponse { Volume = View(before) };
        }

        var zone = request.AvailabilityZone ?? throw CloudException.Missing("AvailabilityZone");
        if (!Places.ZonesOf(call.Region).Contains(zone))
        {
            throw new CloudException("InvalidZone.NotFound", $"The zone '{zone}' does not exist.");
        }

        var snapshot = request.SnapshotId is null ? null : compute.Lookup.Find(call, compute.Tables.Snapshots, request.SnapshotId);
        BlockDevices.CheckRate(request.VolumeInitializationRate, request.SnapshotId);
        var volume = new VolumeRecord
        {
            Id = Identifiers.New("vol"),
            Region = call.Region,
            Zone = zone,
            Size = request.Size ?? snapshot?.VolumeSize ?? throw CloudException.Missing("size/snapshot"),
            VolumeType = request.VolumeType?.Value ?? "gp2",
            Iops = request.Iops,
            Throughput = request.Throughput,
            InitializationRate = request.VolumeInitializationRate,
            Encrypted = request.Encrypted ?? snapshot?.Encrypted ?? false,
            KmsKeyId = request.KmsKeyId,
            SnapshotId = request.SnapshotId,
            CreatedAt = call.Now,
            ClientToken = request.ClientToken,
            Tags = TagText.For("volume", request.TagSpecifications),
        };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.Volumes.Put(volume);
        return new CreateVolumeResponse { Volume = View(volume) };
    }

    private DeleteVolumeResponse Delete(Call call, DeleteVolumeRequest request)
    {
        var volume = compute.Lookup.Find(call, compute.Tables.Volumes, request.VolumeId);
        if (volume.InstanceId is not null)
        {
            throw new CloudException("VolumeInUse", $"Volume {volume.Id} is currently attached to {volume.InstanceId}");
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.Volumes.Remove(volume.Id);
        return new DeleteVolumeResponse();
    }

    private AttachVolumeResponse Attach(Call call, AttachVolumeRequest request)
    {
        var volume = compute.Lookup.Find(call, compute.Tables.Volumes, request.VolumeId);
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        if (volume.InstanceId is not null)
        {
            throw new CloudException("VolumeInUse", $"{volume.Id} is already attached to an instance");
        }

        if (volume.Zone != instance.Zone)
        {
            throw new CloudException(
                "InvalidVolume.ZoneMismatch",
                $"The volume '{volume.Id}' is not in the same availability zone as instance '{instance.Id}'");
        }

        if (instance.Volumes.Any(v => v.DeviceName == request.Device))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Invalid value '{request.Device}' for unixDevice. Attachment point {request.Device} is already in use");
        }

        var attached = new AttachedVolume(request.Device, volume.Id, false, call.Now);
        compute.Tables.Volumes.Put(volume with { State = "in-use", InstanceId = instance.Id });
        compute.Tables.Instances.Put(instance with { Volumes = instance.Volumes.Add(attached) });
        return new AttachVolumeResponse { Attachment = AttachmentView(instance.Id, attached, VolumeAttachmentState.Attached) };
    }

    private DetachVolumeResponse Detach(Call call, DetachVolumeRequest request)
    {
        var volume = compute.Lookup.Find(call, compute.Tables.Volumes, request.VolumeId);
        if (compute.Tables.Instances.Find(volume.InstanceId) is not { } instance)
        {
            throw new CloudException("IncorrectState", $"Volume '{volume.Id}' is in the 'available' state.");
        }

        var attached = instance.Volumes.First(v => v.VolumeId == volume.Id);
        compute.Tables.Volumes.Put(volume with { State = "available", InstanceId = null });
        compute.Tables.Instances.Put(instance with { Volumes = instance.Volumes.Remove(attached) });
        return new DetachVolumeResponse { Attachment = AttachmentView(instance.Id, attached, VolumeAttachmentState.Detached) };
    }

    private Volume View(VolumeRecord volume) => new()
    {
        VolumeId = volume.Id,
        AvailabilityZone = volume.Zone,
        Size = volume.Size,
        VolumeType = volume.VolumeType,
        Iops = volume.Iops ?? (volume.VolumeType is "gp2" or "gp3"
            ? Math.Max(volume.VolumeType == "gp3" ? 3000 : 100, volume.VolumeType == "gp2" ? volume.Size * 3 : 0)
            : null),
        VolumeInitializationRate = volume.InitializationRate,
        Throughput = volume.VolumeType == "gp3" ? volume.Throughput ?? 125 : null,
        Encrypted = volume.Encrypted,
        KmsKeyId = volume.KmsKeyId,
        SnapshotId = volume.SnapshotId ?? "",
        State = volume.State,
        CreateTime = volume.CreatedAt.UtcDateTime,
        MultiAttachEnabled = false,
        Attachments = AttachmentOf(compute, volume) is { } attached
            ? [AttachmentView(volume.InstanceId!, attached, VolumeAttachmentState.Attached)]
            : [],
        Tags = TagText.ToModel(volume.Tags),
    };

    private static AttachedVolume? AttachmentOf(ComputeModel compute, VolumeRecord volume) =>
        compute.Tables.Instances.Find(volume.InstanceId)?.Volumes.FirstOrDefault(v => v.VolumeId == volume.Id);

    private static VolumeAttachment AttachmentView(string instanceId, AttachedVolume attached, VolumeAttachmentState state) => new()
    {
        InstanceId = instanceId,
        VolumeId = attached.VolumeId,
        Device = attached.DeviceName,
        DeleteOnTermination = attached.DeleteOnTermination,
        AttachTime = attached.AttachedAt.UtcDateTime,
        State = state,
    };
}
