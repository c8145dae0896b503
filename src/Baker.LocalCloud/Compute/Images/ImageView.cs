using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;

namespace Baker.LocalCloud.Compute.Images;

/// <summary>An image as EC2 shows it.</summary>
internal static class ImageView
{
    public static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    public static Image Of(ImageRecord image) => new()
    {
        ImageId = image.Id,
        Name = image.Name,
        Description = image.Description.Length == 0 ? null : image.Description,
        OwnerId = image.OwnerId,
        ImageOwnerAlias = image.OwnerAlias,
        ImageLocation = $"{image.OwnerAlias ?? image.OwnerId}/{image.Name}",
        State = image.IsDisabled ? ImageState.Disabled : image.State,
        StateReason = image.FailureReason is null ? null : new StateReason { Code = "Client.InternalError", Message = image.FailureReason },
        Architecture = image.Architecture,
        CreationDate = TimeOf(image.CreatedAt),
        DeprecationTime = image.DeprecatedAt is { } at ? TimeOf(at) : null,
        Public = image.IsPublic,
        ImageType = ImageTypeValues.Machine,
        Hypervisor = HypervisorType.Xen,
        VirtualizationType = VirtualizationType.Hvm,
        RootDeviceName = image.RootDeviceName,
        RootDeviceType = DeviceType.Ebs,
        BlockDeviceMappings = [.. image.Devices.Select(BlockDevices.ToModel)],
        EnaSupport = image.EnaSupport,
        SriovNetSupport = "simple",
        ImdsSupport = image.ImdsSupport,
        BootMode = image.BootMode,
        SourceInstanceId = image.SourceInstanceId,
        SourceImageId = image.SourceImageId,
        SourceImageRegion = image.SourceImageRegion,
        PlatformDetails = "Linux/UNIX",
        UsageOperation = "RunInstances",
        Tags = TagText.ToModel(image.Tags),
    };
}
