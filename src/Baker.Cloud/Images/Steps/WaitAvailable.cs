using Amazon.EC2.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the image is available, and tags its snapshots where the call that made them could not.</summary>
internal sealed class WaitAvailable : BakeStep
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(2);

    public override string Name => "available";

    public override string Describe(Bake bake) => "wait until the image is available";

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var image = await UntilAvailableAsync(bake, bake.Region, bake.ImageId!, stop).ConfigureAwait(false);
        bake.SnapshotIds = KnownImage.Of(image).SnapshotIds;
        if (bake.SnapshotsAreUntagged && bake.SnapshotIds.Length > 0)
        {
            var tags = CreateImage.Tags(bake, bake.Group.SnapshotTags.IsEmpty ? bake.Group.Tags : bake.Group.SnapshotTags);
            await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.CreateTagsAsync,
                new CreateTagsRequest { Resources = [.. bake.SnapshotIds], Tags = tags },
                stop).ConfigureAwait(false);
        }
    }

    internal static Task<Image> UntilAvailableAsync(Bake bake, CloudRegion region, string imageId, CancellationToken stop) =>
        region.Waits.Images.UntilAsync(
            imageId,
            image => image?.State?.Value switch
            {
                null or "pending" => false,
                "available" => true,
                var state => throw new BakerException(
                    ExitCode.CloudFailed,
                    $"image {imageId} of {bake.Group.Name} went to {state}: {image.StateReason?.Message ?? "AWS gave no reason"}",
                    "It was removed; run the command again."),
            },
            new Expectation($"{region.Name}/available", s_timeout, $"image {imageId} in state available"),
            stop);
}
