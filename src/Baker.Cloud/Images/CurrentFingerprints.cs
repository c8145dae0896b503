using Baker.Cloud.Images.Steps;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images;

/// <summary>The fingerprints that images made now would carry.</summary>
public sealed class CurrentFingerprints : IBakeWatcher
{
    private readonly BakeRun _run;

    public CurrentFingerprints(CloudSession cloud) =>
        _run = new BakeRun(cloud, new BakeOptions(Force: false, KeepOnError: false, Parallel: 1, "", "", Bucket: null, BucketPrefix: ""), this, []);

    /// <summary>The fingerprint; null where the group's source image cannot be found, so that nothing could be baked now.</summary>
    public async Task<string?> OfAsync(BakeInput input, CancellationToken stop)
    {
        var bake = new Bake(_run, input, _run.Cloud.Region(input.Group.Region));
        try
        {
            await new ResolveSource().RunAsync(bake, stop).ConfigureAwait(false);
        }
        catch (BakerException)
        {
            return null;
        }

        return Fingerprint.Of(input, bake.Source!.ImageId);
    }

    void IBakeWatcher.StepBegan(string group, string step, TimeSpan? expected)
    {
    }

    void IBakeWatcher.Output(string group, string text)
    {
    }

    void IBakeWatcher.Note(string group, string text)
    {
    }

    void IBakeWatcher.Ended(BakeResult result)
    {
    }
}
