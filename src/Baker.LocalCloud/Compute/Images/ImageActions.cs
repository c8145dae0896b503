using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Images;

/// <summary>Making, copying, describing and removing images.</summary>
internal sealed class ImageActions(CloudContext cloud, ComputeModel compute, ImageStates states)
{
    private static readonly Filters<ImageRecord> s_filters = new Filters<ImageRecord>()
        .Add("image-id", i => i.Id)
        .Add("name", i => i.Name)
        .Add("description", i => i.Description)
        .Add("state", i => i.IsDisabled ? "disabled" : i.State)
        .Add("architecture", i => i.Architecture)
        .Add("creation-date", i => ImageView.TimeOf(i.CreatedAt))
        .Add("owner-id", i => i.OwnerId)
        .Add("owner-alias", i => i.OwnerAlias)
        .Add("hypervisor", _ => "xen")
        .Add("image-type", _ => "machine")
        .Add("root-device-name", i => i.RootDeviceName)
        .Add("root-device-type", _ => "ebs")
        .Add("virtualization-type", _ => "hvm")
        .Add("source-instance-id", i => i.SourceInstanceId)
        .Add("source-image-id", i => i.SourceImageId)
        .Add("source-image-region", i => i.SourceImageRegion)
        .Add("manifest-location", i => $"{i.OwnerAlias ?? i.OwnerId}/{i.Name}")
        .AddFlag("is-public", i => i.IsPublic)
        .AddFlag("ena-support", i => i.EnaSupport)
        .AddMany("block-device-mapping.device-name", i => i.Devices.Select(d => d.DeviceName))
        .AddMany("block-device-mapping.snapshot-id", i => i.Devices.Select(d => d.SnapshotId))
        .AddMany("block-device-mapping.volume-size", i => i.Devices.Select(d => d.VolumeSize.ToString()))
        .AddMany("block-device-mapping.volume-type", i => i.Devices.Select(d => d.VolumeType))
        .AddMany("block-device-mapping.encrypted", i => i.Devices.Select(d => d.Encrypted ? "true" : "false"))
        .AddMany("block-device-mapping.delete-on-termination", i => i.Devices.Select(d => d.DeleteOnTermination ? "true" : "false"))
        .AddTags(i => i.Tags);

    public void Register(Router router)
    {
        router.Handle<DescribeImagesRequest, DescribeImagesResponse>(ServiceNames.Compute, Describe);
        router.Handle<CreateImageRequest, CreateImageResponse>(ServiceNames.Compute, Create);
        router.Handle<CopyImageRequest, CopyImageResponse>(ServiceNames.Compute, Copy);
        router.Handle<RegisterImageRequest, RegisterImageResponse>(ServiceNames.Compute, RegisterImage);
        router.Handle<DeregisterImageRequest, DeregisterImageResponse>(ServiceNames.Compute, Deregister);
    }

    private DescribeImagesResponse Describe(Call call, DescribeImagesRequest request)
    {
        foreach (var id in request.ImageIds ?? [])
        {
            compute.Lookup.Image(call, id);
        }

        var filter = s_filters.Compile(request.Filters);
        var owners = request.Owners ?? [];
        bool IsWanted(ImageRecord i) =>
            (owners.Count == 0 || owners.Exists(o => o == i.OwnerId || o == i.OwnerAlias || (o == "self" && i.OwnerId == call.AccountId)))
            && (request.IncludeDeprecated == true
                || owners.Contains("self")
                || i.OwnerId == call.AccountId
                || i.DeprecatedAt is null
                || i.DeprecatedAt > call.Now
                || request.ImageIds is { Count: > 0 })
            && (request.IncludeDisabled == true || !i.IsDisabled)
            && (request.ExecutableUsers is not { Count: > 0 } users || users.Exists(u =>
                (u == "all" && i.IsPublic)
                || (u == "self" && (i.OwnerId == call.AccountId || i.SharedWith.Contains(call.AccountId)))
                || i.SharedWith.Contains(u)));
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Images,
            request.ImageIds,
            i => IsWanted(i) && filter(Seen(call, i)),
            request.MaxResults,
            request.NextToken);
        return new DescribeImagesResponse { NextToken = next, Images = [.. items.Select(i => ImageView.Of(Seen(call, i)))] };
    }

    /// <summary>The tags of an image are its owner's: who it is shared with does not see them.</summary>
    private static ImageRecord Seen(Call call, ImageRecord image) =>
        image.OwnerAlias is not null || Lookup.IsOwn(call.AccountId, image)
            ? image
            : image with { Tags = ImmutableSortedDictionary<string, string>.Empty };

    private CreateImageResponse Create(Call call, CreateImageRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        if (instance.State is not ("running" or "stopped"))
        {
            throw new CloudException(
                "IncorrectState",
                $"The instance '{instance.Id}' is not in a state that an image can be created from: {instance.State}");
        }

        TagText.RefuseOthers(request.TagSpecifications, "image", "snapshot");
        CheckName(call, request.Name);
        var imageTags = TagText.For("image", request.TagSpecifications);
        var snapshotTags = TagText.For("snapshot", request.TagSpecifications);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var due = cloud.After(call.Now, cloud.Delays.Available);
        var id = Identifiers.New("ami");
        var current = instance.Volumes.Select(attached => DeviceOf(attached, compute.Tables.Volumes.Find(attached.VolumeId)!));
        var devices = BlockDevices.Merge(current, request.BlockDeviceMappings)
            .Select(device => device.VirtualName is not null
                ? device
                : device with { SnapshotId = Snapshot(call, instance, device, id, due, request.Description, snapshotTags) })
            .ToImmutableArray();
        states.Begin(new ImageRecord
        {
            Id = id,
            Region = call.Region,
            Name = request.Name,
            Description = request.Description ?? "",
            OwnerId = call.AccountId,
            StateDue = due,
            CreatedAt = call.Now,
            Architecture = instance.Architecture,
            RootDeviceName = instance.RootDeviceName,
            DefaultUser = instance.DefaultUser,
            Devices = devices,
            SourceInstanceId = instance.Id,
            SourceImageId = instance.ImageId,
            SourceImageRegion = instance.Region,
            WillFail = cloud.Faults.NextImageFails(),
            NeedsCapture = instance.Executes,
            Reboots = request.NoReboot != true,
            Tags = imageTags,
        });
        return new CreateImageResponse { ImageId = id };
    }

    private CopyImageResponse Copy(Call call, CopyImageRequest request)
    {
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.Images.All.FirstOrDefault(i =>
                i.Region == call.Region && i.OwnerId == call.AccountId && i.ClientToken == token) is { } before)
        {
            return new CopyImageResponse { ImageId = before.Id };
        }

        var source = compute.Lookup.Image(call with { Region = request.SourceRegion }, request.SourceImageId);
        if (source.State != "available")
        {
            throw new CloudException("InvalidRequest", $"The image {source.Id} is not available: its state is {source.State}");
        }

        if (source.Devices.Any(d => compute.Tables.Snapshots.Find(d.SnapshotId) is { } s && !Lookup.IsSeen(call.AccountId, s)))
        {
            throw new CloudException("InvalidRequest", "You do not have permission to access the storage of this ami");
        }

        if (!string.IsNullOrEmpty(request.KmsKeyId) && request.Encrypted != true)
        {
            throw new CloudException(
                "InvalidParameterDependency",
                "The parameter KmsKeyId requires the parameter Encrypted to be set to true.");
        }

        CheckName(call, request.Name);
        var tags = TagText.For("image", request.TagSpecifications);
        if (request.CopyImageTags == true)
        {
            tags = Seen(call, source).Tags.SetItems(tags);
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var id = Identifiers.New("ami");
        var due = cloud.After(call.Now, cloud.Delays.Available);
        var devices = source.Devices
            .Select(device => device.SnapshotId is null ? device : CopySnapshot(call, request, device, id, due))
            .ToImmutableArray();
        states.Begin(source with
        {
            Id = id,
            Region = call.Region,
            Name = request.Name,
            Description = request.Description ?? source.Description,
            OwnerId = call.AccountId,
            OwnerAlias = null,
            IsPublic = false,
            SharedWith = [],
            DeprecatedAt = null,
            DeregistrationProtection = false,
            State = "pending",
            StateDue = due,
            CreatedAt = call.Now,
            Devices = devices,
            SourceInstanceId = null,
            SourceImageId = source.Id,
            SourceImageRegion = source.Region,
            ClientToken = request.ClientToken,
            WillFail = cloud.Faults.NextImageFails(),
            Tags = tags,
        });
        return new CopyImageResponse { ImageId = id };
    }

    private RegisterImageResponse RegisterImage(Call call, RegisterImageRequest request)
    {
        CheckName(call, request.Name);
        var root = request.RootDeviceName ?? "/dev/sda1";
        var devices = BlockDevices.Merge([], request.BlockDeviceMappings);
        if (devices.Find(d => d.DeviceName == root)?.SnapshotId is not { } snapshotId)
        {
            throw new CloudException("InvalidBlockDeviceMapping", $"The root device {root} needs a snapshot.");
        }

        var snapshot = compute.Lookup.Find(call, compute.Tables.Snapshots, snapshotId);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var image = new ImageRecord
        {
            Id = Identifiers.New("ami"),
            Region = call.Region,
            Name = request.Name,
            Description = request.Description ?? "",
            OwnerId = call.AccountId,
            State = "available",
            CreatedAt = call.Now,
            Architecture = request.Architecture?.Value ?? "x86_64",
            RootDeviceName = root,
            Devices = [.. devices.Select(d =>
                d.SnapshotId == snapshotId && d.VolumeSize < snapshot.VolumeSize ? d with { VolumeSize = snapshot.VolumeSize } : d)],
            ImdsSupport = request.ImdsSupport?.Value,
            BootMode = request.BootMode?.Value,
            Tags = TagText.For("image", request.TagSpecifications),
        };
        compute.Tables.Images.Put(image);
        return new RegisterImageResponse { ImageId = image.Id };
    }

    private DeregisterImageResponse Deregister(Call call, DeregisterImageRequest request)
    {
        var image = compute.Lookup.Image(call, request.ImageId);
        if (image.OwnerId != call.AccountId)
        {
            throw new CloudException("AuthFailure", $"Not authorized for image:{image.Id}", 403);
        }

        if (image.DeregistrationProtection)
        {
            throw new CloudException("OperationNotPermitted", $"The image '{image.Id}' is protected from deregistration.");
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.Images.Remove(image.Id);
        var results = new List<DeleteSnapshotReturnCode>();
        if (request.DeleteAssociatedSnapshots == true)
        {
            foreach (var snapshotId in image.Devices.Select(d => d.SnapshotId).OfType<string>().Distinct())
            {
                results.Add(DeleteSnapshot(snapshotId));
            }
        }

        return new DeregisterImageResponse { Return = true, DeleteSnapshotResults = results };
    }

    /// <summary>A snapshot that another image needs or that is shared stays, and the answer says so.</summary>
    private DeleteSnapshotReturnCode DeleteSnapshot(string snapshotId)
    {
        if (compute.Tables.Snapshots.Find(snapshotId) is not { } snapshot)
        {
            return new DeleteSnapshotReturnCode { SnapshotId = snapshotId, ReturnCode = "missing" };
        }

        if (!snapshot.SharedWith.IsEmpty || compute.Tables.Images.All.Any(i => i.Devices.Any(d => d.SnapshotId == snapshotId)))
        {
            return new DeleteSnapshotReturnCode { SnapshotId = snapshotId, ReturnCode = "skipped" };
        }

        compute.Tables.Snapshots.Remove(snapshotId);
        states.RemoveDisk(snapshotId);
        return new DeleteSnapshotReturnCode { SnapshotId = snapshotId, ReturnCode = "success" };
    }

    private string Snapshot(
        Call call,
        InstanceRecord instance,
        MappedDevice device,
        string imageId,
        DateTimeOffset due,
        string? description,
        ImmutableSortedDictionary<string, string> tags)
    {
        var volume = instance.Volumes.FirstOrDefault(v => v.DeviceName == device.DeviceName)?.VolumeId ?? "vol-ffffffff";
        var snapshot = new SnapshotRecord
        {
            Id = Identifiers.New("snap"),
            Region = call.Region,
            VolumeId = volume,
            VolumeSize = device.VolumeSize,
            Description = $"Created by CreateImage({instance.Id}) for {imageId}",
            StateDue = due,
            CreatedAt = call.Now,
            Encrypted = device.Encrypted,
            KmsKeyId = device.KmsKeyId,
            OwnerId = call.AccountId,
            Tags = tags,
        };
        states.Begin(snapshot);
        return snapshot.Id;
    }

    private MappedDevice CopySnapshot(Call call, CopyImageRequest request, MappedDevice device, string imageId, DateTimeOffset due)
    {
        var source = compute.Tables.Snapshots.Find(device.SnapshotId);
        var encrypted = request.Encrypted ?? device.Encrypted;
        var snapshot = new SnapshotRecord
        {
            Id = Identifiers.New("snap"),
            Region = call.Region,
            VolumeId = "vol-ffffffff",
            VolumeSize = device.VolumeSize,
            Description =
                $"Copied for DestinationAmi {imageId} from SourceAmi {request.SourceImageId} for SourceSnapshot {device.SnapshotId}.",
            StateDue = due,
            CreatedAt = call.Now,
            Encrypted = encrypted,
            KmsKeyId = request.KmsKeyId,
            OwnerId = call.AccountId,
            HasDisk = source?.HasDisk ?? false,
            Tags = TagText.For("snapshot", request.TagSpecifications),
        };
        states.Begin(snapshot);
        if (source is { HasDisk: true })
        {
            states.CopyDisk(source.Id, snapshot.Id);
        }

        return device with { SnapshotId = snapshot.Id, Encrypted = encrypted };
    }

    private void CheckName(Call call, string? name)
    {
        if (name is null)
        {
            throw CloudException.Missing("Name");
        }

        if (name.Length is < 3 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "()[] ./-'@_".Contains(c)))
        {
            throw new CloudException(
                "InvalidAMIName.Malformed",
                "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', "
                    + "'-', '/', '_', '[', ']', '@', ''' and spaces");
        }

        if (compute.Tables.ImagesByName[$"{call.Region}|{call.AccountId}|{name}"].FirstOrDefault(i => i.State != "failed") is { } taken)
        {
            throw new CloudException("InvalidAMIName.Duplicate", $"AMI name {name} is already in use by AMI {taken.Id}");
        }
    }

    private static MappedDevice DeviceOf(AttachedVolume attached, VolumeRecord volume) => new()
    {
        DeviceName = attached.DeviceName,
        VolumeSize = volume.Size,
        VolumeType = volume.VolumeType,
        Iops = volume.Iops,
        Throughput = volume.Throughput,
        Encrypted = volume.Encrypted,
        KmsKeyId = volume.KmsKeyId,
        DeleteOnTermination = attached.DeleteOnTermination,
    };
}
