using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Fleets;

/// <summary>Which image a fleet gets.</summary>
public sealed class FleetImages(FleetContext context)
{
    /// <summary>The newest available image of the group that carries the fingerprint.</summary>
    /// <param name="fingerprint">What an image baked now would carry; null where that is not known.</param>
    /// <exception cref="BakerException">There is none; the remedy names the command to run.</exception>
    public async Task<Image> ChooseAsync(GroupName group, string? fingerprint, bool allowStale, CancellationToken stop)
    {
        var request = new DescribeImagesRequest
        {
            Owners = ["self"],
            Filters =
            [
                new Filter { Name = "tag:" + BakerTags.Group, Values = [group] },
                new Filter { Name = "state", Values = ["available"] },
            ],
        };
        var reply = await context.Pacer.SendAsync(context.Clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);

        // One with a lease on it is not finished: its run may still remove it.
        var images = (reply.Images ?? [])
            .Where(image => !(image.Tags ?? []).Exists(tag => tag.Key == BakerTags.Lease))
            .OrderByDescending(image => image.CreationDate, StringComparer.Ordinal)
            .ThenByDescending(image => image.Name, StringComparer.Ordinal)
            .ToList();
        if (images.Count == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group} has no image in {context.Clients.Region}.",
                $"Bake one: {context.Suggested.Package($"packer:run {group}")}");
        }

        if (fingerprint is null || allowStale)
        {
            return images.Find(image => Fingerprint(image) == fingerprint) ?? images[0];
        }

        return images.Find(image => Fingerprint(image) == fingerprint)
            ?? throw new BakerException(
                ExitCode.BadInput,
                $"The newest image of {group}, {images[0].ImageId}, is stale: the group has changed since it was baked.",
                $"Bake one: {context.Suggested.Package($"packer:run {group}")} (or say --allow-stale).");
    }

    /// <summary>Null where the image is not in this region.</summary>
    public async Task<Image?> FindAsync(string id, CancellationToken stop)
    {
        try
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.EC2.DescribeImagesAsync,
                new DescribeImagesRequest { ImageIds = [id] },
                stop).ConfigureAwait(false);
            return reply.Images is [var image, ..] ? image : null;
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode?.StartsWith("InvalidAMIID", StringComparison.Ordinal) ?? false)
        {
            return null;
        }
    }

    public static string? Fingerprint(Image image) => image.Tags?.Find(tag => tag.Key == BakerTags.Fingerprint)?.Value;
}
