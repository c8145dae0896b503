using Amazon.EC2.Model;
using Amazon.Runtime;

namespace Baker.Cloud.Images;

/// <summary>Removes one image and its snapshots, whatever state it is in. What is gone already is no error.</summary>
internal static class ImageRemoval
{
    public static async Task RemoveAsync(CloudRegion region, string imageId, CancellationToken stop)
    {
        var described = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeImagesAsync,
            new DescribeImagesRequest { Owners = ["self"], Filters = [new Filter { Name = "image-id", Values = [imageId] }] },
            stop).ConfigureAwait(false);
        var image = described.Images?.FirstOrDefault();
        var tagged = image?.Tags?.FirstOrDefault(tag => tag.Key == BakerTags.Run)?.Value;
        await IgnoreMissingAsync(() => region.Pacer.SendAsync(
            region.Clients.EC2.DeregisterImageAsync,
            new DeregisterImageRequest { ImageId = imageId, DeleteAssociatedSnapshots = true },
            stop)).ConfigureAwait(false);
        await RemoveSnapshotsAsync(region, imageId, tagged, image, stop).ConfigureAwait(false);
    }

    // A pending image does not list its snapshots yet, and not every endpoint deletes them with the image.
    private static async Task RemoveSnapshotsAsync(CloudRegion region, string imageId, string? run, Image? image, CancellationToken stop)
    {
        var ids = (image?.BlockDeviceMappings ?? [])
            .Select(mapping => mapping.Ebs?.SnapshotId)
            .OfType<string>()
            .Where(id => id.Length > 0)
            .ToHashSet(StringComparer.Ordinal);
        var group = image?.Tags?.FirstOrDefault(tag => tag.Key == BakerTags.Group)?.Value;
        var filters = run is not null && group is not null
            ? new List<Filter>
            {
                new() { Name = $"tag:{BakerTags.Run}", Values = [run] },
                new() { Name = $"tag:{BakerTags.Group}", Values = [group] },
            }
            : [new Filter { Name = "description", Values = [$"*{imageId}*"] }];
        var found = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeSnapshotsAsync,
            new DescribeSnapshotsRequest { OwnerIds = ["self"], Filters = filters },
            stop).ConfigureAwait(false);
        ids.UnionWith((found.Snapshots ?? []).Select(snapshot => snapshot.SnapshotId));
        foreach (var id in ids)
        {
            await IgnoreMissingAsync(() => region.Pacer.SendAsync(
                region.Clients.EC2.DeleteSnapshotAsync,
                new DeleteSnapshotRequest { SnapshotId = id },
                stop)).ConfigureAwait(false);
        }
    }

    private static async Task IgnoreMissingAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "InvalidAMIID.Unavailable"
            or "InvalidAMIID.NotFound" or "InvalidSnapshot.NotFound" or "InvalidSnapshot.InUse")
        {
            // Gone already, as it should be; or another image has the snapshot too, and packer:clean says which.
        }
    }
}
