using Baker.Cloud.Changes;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Baking;

/// <summary>
/// What becomes of an image whose verification ended badly. One that did not pass goes, or is kept and marked, as the option or the
/// group says; one that was there before is never removed, for a fleet may run it. One that could not be tried stays: the next run
/// tries it again.
/// </summary>
internal static class Rejection
{
    /// <param name="isJudged">Whether its instance ran, and did not do what it should.</param>
    /// <returns>What is left of it, to be said.</returns>
    public static async Task<IReadOnlyList<Leftover>> OfAsync(Bake bake, bool isJudged, CancellationToken stop)
    {
        if (bake.ImageId is not { } image)
        {
            return [];
        }

        var region = bake.Run.Region(bake.Region.Name);
        var isOlder = bake.WasComplete && bake.GivenImageId is null;
        if (isJudged && !isOlder && !Keeps(bake))
        {
            await ImageRemoval.RemoveAsync(bake.Region, image, stop).ConfigureAwait(false);
            (bake.ImageId, bake.ImageIsComplete) = (null, false);
            region.LetGo(image);
            bake.Note($"image {image} did not pass its tests and is removed");
            return [];
        }

        if (isJudged)
        {
            bake.Verification = new Verification(Passed: false, Verification.TestsOf(bake.Input.Checks));
            await region.TellAsync(bake.Verification, [image], stop).ConfigureAwait(false);
        }

        if (!bake.WasComplete)
        {
            await region.FinishAsync(image, bake.SnapshotIds, stop).ConfigureAwait(false);
            bake.ImageIsComplete = true;
        }

        return
        [
            new Leftover(
                isJudged ? $"image {image}, which did not pass its tests: no fleet gets it" : $"image {image}, not verified",
                bake.Run.Cloud.Suggested.Package(isJudged ? $"packer:clean {bake.Group.Name}" : $"packer:run {bake.Group.Name}")),
        ];
    }

    private static bool Keeps(Bake bake) => bake.Run.Options.OnError switch
    {
        OnError.Keep => true,
        OnError.Cleanup => false,
        _ => bake.Group.KeepsRejected,
    };
}
