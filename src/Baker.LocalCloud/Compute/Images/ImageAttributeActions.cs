using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Images;

/// <summary>Sharing, deprecating, disabling and protecting images.</summary>
internal sealed class ImageAttributeActions(CloudContext cloud, ComputeModel compute)
{
    public void Register(Router router)
    {
        router.Handle<DescribeImageAttributeRequest, DescribeImageAttributeResponse>(ServiceNames.Compute, Describe);
        router.Handle<ModifyImageAttributeRequest, ModifyImageAttributeResponse>(ServiceNames.Compute, Modify);
        router.Handle<ResetImageAttributeRequest, ResetImageAttributeResponse>(ServiceNames.Compute, (call, request) =>
        {
            compute.Tables.Images.Put(Own(call, request.ImageId, request.DryRun) with { SharedWith = [], IsPublic = false });
            return new ResetImageAttributeResponse();
        });
        router.Handle<EnableImageDeprecationRequest, EnableImageDeprecationResponse>(ServiceNames.Compute, Deprecate);
        router.Handle<DisableImageDeprecationRequest, DisableImageDeprecationResponse>(ServiceNames.Compute, (call, request) =>
        {
            compute.Tables.Images.Put(Own(call, request.ImageId, request.DryRun) with { DeprecatedAt = null });
            return new DisableImageDeprecationResponse { Return = true };
        });
        router.Handle<EnableImageRequest, EnableImageResponse>(ServiceNames.Compute, (call, request) =>
        {
            compute.Tables.Images.Put(Own(call, request.ImageId, request.DryRun) with { IsDisabled = false });
            return new EnableImageResponse { Return = true };
        });
        router.Handle<DisableImageRequest, DisableImageResponse>(ServiceNames.Compute, (call, request) =>
        {
            compute.Tables.Images.Put(
                Own(call, request.ImageId, request.DryRun) with { IsDisabled = true, SharedWith = [], IsPublic = false });
            return new DisableImageResponse { Return = true };
        });
        router.Handle<EnableImageDeregistrationProtectionRequest, EnableImageDeregistrationProtectionResponse>(
            ServiceNames.Compute,
            (call, request) =>
            {
                compute.Tables.Images.Put(Own(call, request.ImageId, request.DryRun) with { DeregistrationProtection = true });
                return new EnableImageDeregistrationProtectionResponse { Return = "enabled-without-cooldown" };
            });
        router.Handle<DisableImageDeregistrationProtectionRequest, DisableImageDeregistrationProtectionResponse>(
            ServiceNames.Compute,
            (call, request) =>
            {
                compute.Tables.Images.Put(Own(call, request.ImageId, request.DryRun) with { DeregistrationProtection = false });
                return new DisableImageDeregistrationProtectionResponse { Return = "disabled" };
            });
    }

    private DescribeImageAttributeResponse Describe(Call call, DescribeImageAttributeRequest request)
    {
        var image = compute.Lookup.Image(call, request.ImageId);
        if (image.OwnerAlias is null && image.OwnerId != call.AccountId)
        {
            throw new CloudException("AuthFailure", $"Not authorized for image:{image.Id}", 403);
        }

        var shown = new ImageAttribute { ImageId = image.Id };
        switch (request.Attribute?.Value)
        {
            case "launchPermission":
                shown.LaunchPermissions = [.. image.SharedWith.Select(user => new LaunchPermission { UserId = user })];
                if (image.IsPublic)
                {
                    shown.LaunchPermissions.Add(new LaunchPermission { Group = PermissionGroup.All });
                }

                break;
            case "description": shown.Description = image.Description; break;
            case "blockDeviceMapping": shown.BlockDeviceMappings = [.. image.Devices.Select(BlockDevices.ToModel)]; break;
            case "bootMode": shown.BootMode = image.BootMode ?? ""; break;
            case "imdsSupport": shown.ImdsSupport = image.ImdsSupport ?? ""; break;
            case "sriovNetSupport": shown.SriovNetSupport = "simple"; break;
            case "deregistrationProtection":
                shown.DeregistrationProtection = image.DeregistrationProtection ? "enabled-without-cooldown" : "disabled";
                break;
            default:
                throw new CloudException(
                    "InvalidParameterValue",
                    $"Value ({request.Attribute?.Value}) for parameter attribute is invalid.");
        }

        return new DescribeImageAttributeResponse { ImageAttribute = shown };
    }

    private ModifyImageAttributeResponse Modify(Call call, ModifyImageAttributeRequest request)
    {
        var image = Own(call, request.ImageId, request.DryRun);
        var (add, remove) = (request.LaunchPermission?.Add ?? [], request.LaunchPermission?.Remove ?? []);
        var users = (request.UserIds ?? []).Select(user => new LaunchPermission { UserId = user })
            .Concat((request.UserGroups ?? []).Select(group => new LaunchPermission { Group = group }));
        (request.OperationType?.Value == "remove" ? remove : add).AddRange(users);
        if (add.Count > 0 && image.Devices.Any(d => compute.Tables.Snapshots.Find(d.SnapshotId)?.HasDefaultKey == true))
        {
            throw new CloudException(
                "InvalidParameter",
                "Images with EBS snapshots that are encrypted with the AWS Managed CMK can't be shared. Specify another image.");
        }

        foreach (var permission in add)
        {
            if (permission.UserId is { } user && (user.Length != 12 || !user.All(char.IsAsciiDigit)))
            {
                throw new CloudException("InvalidAMIAttributeItemValue", $"Invalid attribute item value \"{user}\" for userId item type.");
            }

            image = permission.UserId is null
                ? image with { IsPublic = image.IsPublic || permission.Group == PermissionGroup.All }
                : image with
                {
                    SharedWith = image.SharedWith.Contains(permission.UserId) ? image.SharedWith : image.SharedWith.Add(permission.UserId),
                };
        }

        foreach (var permission in remove)
        {
            image = permission.UserId is null
                ? image with { IsPublic = false }
                : image with { SharedWith = image.SharedWith.Remove(permission.UserId) };
        }

        var description = request.Description ?? (request.Attribute == "description" ? request.Value : null);
        compute.Tables.Images.Put(image with
        {
            Description = description ?? image.Description,
            ImdsSupport = request.ImdsSupport ?? (request.Attribute == "imdsSupport" ? request.Value : null) ?? image.ImdsSupport,
        });
        return new ModifyImageAttributeResponse();
    }

    private EnableImageDeprecationResponse Deprecate(Call call, EnableImageDeprecationRequest request)
    {
        var image = Own(call, request.ImageId, request.DryRun);
        var at = request.DeprecateAt is { } time ? new DateTimeOffset(time.ToUniversalTime()) : throw CloudException.Missing("DeprecateAt");
        if (at < cloud.Now - TimeSpan.FromMinutes(1))
        {
            throw new CloudException("InvalidParameterValue", "The deprecation time must be in the future.");
        }

        // EC2 keeps it to the minute.
        compute.Tables.Images.Put(
            image with { DeprecatedAt = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, at.Minute, 0, TimeSpan.Zero) });
        return new EnableImageDeprecationResponse { Return = true };
    }

    private ImageRecord Own(Call call, string? id, bool? dryRun)
    {
        var image = compute.Lookup.Image(call, id);
        return image.OwnerId != call.AccountId ? throw new CloudException("AuthFailure", $"Not authorized for image:{image.Id}", 403)
            : dryRun == true ? throw CloudException.DryRun()
            : image;
    }
}
