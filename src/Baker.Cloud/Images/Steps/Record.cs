namespace Baker.Cloud.Images.Steps;

/// <summary>Writes <c>builds/&lt;group&gt;.json</c>.</summary>
internal sealed class Record : BakeWork
{
    public override string Name => "record";

    public override string Describe(Bake bake) => $"record it in {Path.GetFileName(bake.Run.Options.BuildsFolder)}/{bake.Group.Name}.json";

    public override Task RunAsync(Bake bake, CancellationToken stop)
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
        return record.WriteAsync(bake.Run.Options.BuildsFolder, stop);
    }
}
