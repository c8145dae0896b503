using Baker.Cloud.Images.Steps;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Baking;

/// <summary>The fingerprints that images made now would carry.</summary>
public sealed class CurrentFingerprints(CloudSession cloud)
{
    private readonly BakeRun _run = new(
        cloud,
        new BakeOptions(Force: false, OnError: null, Parallel: 1, "", "", Bucket: null, BucketPrefix: ""),
        new SilentWatcher(),
        []);

    /// <summary>
    /// The fingerprint; null where nothing matches the group's source filter or parameter, so that nothing could be baked now.
    /// An image given by its id is taken as it stands: with a thousand groups to compare, no call is made for it.
    /// </summary>
    public async Task<string?> OfAsync(BakeInput input, CancellationToken stop) =>
        await SourceAsync(input, stop).ConfigureAwait(false) is { } source ? Fingerprint.Of(input, source) : null;

    /// <summary>The image that it would start from; null where there is none, and without a call where it is given by its id.</summary>
    public async Task<string?> SourceAsync(BakeInput input, CancellationToken stop)
    {
        if (input.Group.Source is SourceImage.ById source)
        {
            return source.ImageId;
        }

        var bake = new Bake(_run, input, _run.Cloud.Region(input.Group.Region));
        try
        {
            await new ResolveSource().RunAsync(bake, stop).ConfigureAwait(false);
        }
        catch (BakerException)
        {
            return null;
        }

        return bake.Source!.ImageId;
    }
}
