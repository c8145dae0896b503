using System.Collections.Immutable;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Decides what <c>packer:delete</c> removes: every image of the groups and their files, or nothing where somebody needs an
/// image.
/// </summary>
public static class DeletePlanner
{
    public static RemovalPlan Plan(
        IReadOnlyCollection<CatalogRegion> regions,
        IEnumerable<RemovalStep.RemoveFile> files,
        DateTimeOffset now)
    {
        var guarded = regions
            .SelectMany(region => region.Images.Select(image => (Image: image, Why: CleanPlanner.Guard(image, region.Users, now))))
            .Where(pair => pair.Why is not null)
            .Select(pair => new KeptImage(pair.Image, pair.Why!, IsGuarded: true))
            .ToImmutableArray();
        if (!guarded.IsEmpty)
        {
            return new RemovalPlan([], guarded, []);
        }

        var plans = regions.Select(region => SnapshotPlanner.Plan(
            region,
            [.. region.Images.Select(image => new RemovalStep.RemoveImage(image, $"all of {image.Group}"))])).ToList();
        return new RemovalPlan([.. plans.SelectMany(plan => plan.Steps), .. files], [], [.. plans.SelectMany(plan => plan.Kept)]);
    }
}
