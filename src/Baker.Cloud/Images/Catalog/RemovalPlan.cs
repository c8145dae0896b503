using System.Collections.Immutable;

namespace Baker.Cloud.Images.Catalog;

/// <summary>What is removed, in this order, and what is kept.</summary>
public sealed record RemovalPlan(
    ImmutableArray<RemovalStep> Steps,
    ImmutableArray<KeptImage> Kept,
    ImmutableArray<KeptSnapshot> KeptSnapshots)
{
    /// <summary>The plan without the images and snapshots that a recovery, which goes first, deals with.</summary>
    public RemovalPlan Without(IReadOnlyCollection<Salvage> salvage)
    {
        var ids = salvage.Select(each => each.Id).ToHashSet(StringComparer.Ordinal);
        return this with
        {
            Steps = Steps.RemoveAll(step => step is RemovalStep.RemoveImage image && ids.Contains(image.Image.Id)
                || step is RemovalStep.EndFastRestore slower && ids.Contains(slower.Image.Id)
                || step is RemovalStep.RemoveSnapshot snapshot && ids.Contains(snapshot.Snapshot.Id)),
        };
    }
}
