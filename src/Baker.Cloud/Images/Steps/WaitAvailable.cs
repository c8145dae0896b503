using Amazon.EC2.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images.Steps;

/// <summary>
/// Waits until the image is available, and tags its snapshots where the call that made them could not. A snapshot holds what its
/// volume had when it was begun, and outlives the volume: once all are begun the instance is terminated, beside the wait.
/// </summary>
internal sealed class WaitAvailable : BakeWork
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(2);

    public override string Name => "available";

    public override string Describe(Bake bake) =>
        $"wait until the image is available{(TerminatesEarly(bake) ? "; terminate the instance once its snapshots are begun" : "")}";

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        if (TerminatesEarly(bake))
        {
            bake.Removal = TerminateEarlyAsync(bake, stop);
        }

        var image = await UntilAvailableAsync(bake, bake.Region, bake.ImageId!, stop).ConfigureAwait(false);
        (bake.Made, bake.SnapshotIds) = (image, KnownImage.Of(image).SnapshotIds);
        if (bake.SnapshotsAreUntagged && bake.SnapshotIds.Length > 0)
        {
            var tags = CreateImage.Tags(bake, bake.Group.SnapshotTags.IsEmpty ? bake.Group.Tags : bake.Group.SnapshotTags);
            await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.CreateTagsAsync,
                new CreateTagsRequest { Resources = [.. bake.SnapshotIds], Tags = tags },
                stop).ConfigureAwait(false);
        }
    }

    // Kept for a look, the instance has to outlast an image that fails; one that a dead run left may have any number of volumes.
    private static bool TerminatesEarly(Bake bake) => !bake.Adopted && !bake.Run.Options.KeepOnError;

    private static async Task TerminateEarlyAsync(Bake bake, CancellationToken stop)
    {
        // Where the account gives few calls, those that begin other images go first: this one is in no hurry.
        await Task.Delay(bake.Region.Pacer.SpareForPolls * 8, bake.Run.Time, stop).ConfigureAwait(false);
        var image = await bake.Region.Waits.Images.UntilAsync(
            bake.ImageId!,
            image => image is not null && (image.State?.Value != "pending" || AllAreBegun(bake, image)),
            new Expectation($"{bake.Region.Name}/snapshots", s_timeout, $"the snapshots of image {bake.ImageId}"),
            stop).ConfigureAwait(false);
        if (AllAreBegun(bake, image) && bake.InstanceId is { } id)
        {
            await Terminate.RemoveAsync(bake, id, stop).ConfigureAwait(false);
        }
    }

    private static bool AllAreBegun(Bake bake, Image image) => bake.Volumes > 0 && KnownImage.Of(image).SnapshotIds.Length >= bake.Volumes;

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
