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
            .SelectMany(region => region.Images.Select(image => (Image: image, Why: Guard(image, region, now))))
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

    // One that goes, too, needs nothing.
    private static string? Guard(CatalogImage image, CatalogRegion region, DateTimeOffset now) =>
        CleanPlanner.Guard(image, region.Users, now)
        ?? (region.Users.Of(image.Id).FirstOrDefault(user =>
            user.IsImage && !region.Images.Any(other => other.Id == user.Name)) is { } child ? $"used by {child}" : null);
}
