using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Writes <c>builds/&lt;group&gt;.json</c>, and what is in the image.</summary>
internal sealed class Record : BakeWork
{
    public override string Name => "record";

    public override string Describe(Bake bake) => $"record it in {Path.GetFileName(bake.Run.Options.BuildsFolder)}/{bake.Group.Name}.json";

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var record = new BuildRecord(
            bake.Group.Name,
            bake.ImageId!,
            bake.Run.Cloud.CloudName,
            bake.Region.Name,
            bake.Fingerprint,
            bake.Source!.ImageId,
            bake.Run.Id,
            bake.Run.Time.GetUtcNow())
        {
            Name = bake.ImageName,
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
        var store = new ContentsStore(bake.Region.Clients, bake.Region.Pacer, options.BuildsFolder, options.Bucket, options.BucketPrefix);
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
