namespace Baker.Cloud.Images.Steps;

/// <summary>Takes the lease off the image and its snapshots: from here on it counts as finished.</summary>
internal sealed class Release : BakeWork
{
    public override string Name => "finish";

    public override string Describe(Bake bake) => "mark the image as finished";

    public override bool Applies(Bake bake) => !bake.WasComplete || bake.Copies.Count > 0;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        if (!bake.WasComplete)
        {
            await bake.Run.Region(bake.Region.Name).FinishAsync(bake.ImageId!, bake.SnapshotIds, stop).ConfigureAwait(false);
        }

        foreach (var copy in bake.Copies)
        {
            await bake.Run.Region(copy.Region).FinishAsync(copy.ImageId, copy.SnapshotIds, stop).ConfigureAwait(false);
        }

        bake.ImageIsComplete = true;
    }
}
