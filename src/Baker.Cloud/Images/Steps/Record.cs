using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Writes <c>builds/&lt;group&gt;.json</c>, and what is in the image.</summary>
internal sealed class Record : BakeWork
{
    public override string Name => "record";

    public override string Describe(Bake bake) => $"record it in {Path.GetFileName(bake.Run.Options.BuildsFolder)}/{bake.Group.Label}.json";

    public override bool Applies(Bake bake) => bake.GivenImageId is null; // Packer's images are recorded as its own

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var record = new BuildRecord(
            bake.Group.Label,
            bake.ImageId!,
            bake.Run.Cloud.CloudName,
            bake.Region.Name,
            bake.Fingerprint,
            bake.Source!.ImageId,
            bake.RunId,
            bake.Run.Time.GetUtcNow())
        {
            Engine = bake.Input.TemplateHash is null ? "baker" : "packer",
            Name = bake.ImageName,
            Verification = bake.Verification?.ToString(),
            Code = bake.Input.Code.Select(tree => tree.Tag),
            Copies = bake.Copies.Select(copy => KeyValuePair.Create(copy.Region, copy.ImageId)),
            Seconds = bake.Seconds,
        };
        if (bake.EndedAs != BakeOutcome.UpToDate)
        {
            await KeepContentsAsync(bake, stop).ConfigureAwait(false);
        }

        await record.WriteAsync(bake.Run.Options.BuildsFolder, stop).ConfigureAwait(false);
    }

    private static async Task KeepContentsAsync(Bake bake, CancellationToken stop)
    {
        var options = bake.Run.Options;
        var store = new ContentsStore(bake.Region.Clients, bake.Region.Pacer, options.ContentsFolder, options.Bucket, options.BucketPrefix);
        var contents = ImageContents.Of(bake.Input, bake.ImageId!, bake.ImageName!, bake.Run.Time.GetUtcNow(), bake.Packages) with
        {
            SourceImageId = bake.Source!.ImageId,
            Fingerprint = bake.Fingerprint,
        };
        foreach (var id in bake.Copies.Select(copy => copy.ImageId).Prepend(contents.ImageId))
        {
            await store.WriteAsync(contents with { ImageId = id }, bake.Note, stop).ConfigureAwait(false);
        }
    }
}
