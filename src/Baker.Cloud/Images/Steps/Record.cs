namespace Baker.Cloud.Images.Steps;

/// <summary>Writes <c>builds/&lt;group&gt;.json</c>.</summary>
internal sealed class Record : BakeWork
{
    public override string Name => "record";

    public override string Describe(Bake bake) => $"record it in {Path.GetFileName(bake.Run.Options.BuildsFolder)}/{bake.Group.Label}.json";

    public override bool Applies(Bake bake) => bake.GivenImageId is null; // Packer's images are recorded as its own

    public override Task RunAsync(Bake bake, CancellationToken stop)
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
            Copies = bake.Copies.Select(copy => KeyValuePair.Create(copy.Region, copy.ImageId)),
            Seconds = bake.Seconds,
        };
        return record.WriteAsync(bake.Run.Options.BuildsFolder, stop);
    }
}
