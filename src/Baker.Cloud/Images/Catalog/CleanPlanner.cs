using System.Collections.Immutable;
using System.Globalization;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Decides what <c>packer:clean</c> removes: per group and region all but the newest images, and what nothing needs.</summary>
public static class CleanPlanner
{
    public static RemovalPlan Plan(IEnumerable<CatalogRegion> regions, int keep, DateTimeOffset now)
    {
        var steps = ImmutableArray.CreateBuilder<RemovalStep>();
        var kept = ImmutableArray.CreateBuilder<KeptImage>();
        var snapshots = ImmutableArray.CreateBuilder<KeptSnapshot>();
        foreach (var region in regions)
        {
            var images = new List<RemovalStep.RemoveImage>();
            foreach (var group in region.Images.GroupBy(image => image.Group).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                var rank = 0;
                foreach (var image in group)
                {
                    if (image.IsAvailable)
                    {
                        rank++;
                    }

                    if (Keep(image, region.Users, rank, keep, now) is { } reason)
                    {
                        kept.Add(reason);
                    }
                    else
                    {
                        images.Add(new RemovalStep.RemoveImage(image, image.IsAvailable ? Older(keep) : $"it is {image.State}"));
                    }
                }
            }

            var (removed, shared) = SnapshotPlanner.Plan(region, images);
            steps.AddRange(removed);
            snapshots.AddRange(shared);
        }

        return new RemovalPlan(steps.ToImmutable(), kept.ToImmutable(), snapshots.ToImmutable());
    }

    /// <summary>
    /// Why an image stays; null when it goes. <paramref name="rank"/> is its place among the group's available images, from
    /// 1.
    /// </summary>
    private static KeptImage? Keep(CatalogImage image, ImageUsers users, int rank, int keep, DateTimeOffset now)
    {
        var wanted = image.IsAvailable && rank <= keep;
        if (wanted)
        {
            return new KeptImage(
                image,
                keep == 1 ? "the newest" : string.Create(CultureInfo.InvariantCulture, $"number {rank} of the newest {keep}"),
                IsGuarded: false);
        }

        if (Guard(image, users, now) is { } guard)
        {
            return new KeptImage(image, guard, IsGuarded: true);
        }

        // Neither finished nor failed: without a live lease a dead run began it (the next bake finishes it), or another program did.
        return image.IsAvailable || image.IsFailed ? null : new KeptImage(image, $"it is {image.State}", IsGuarded: true);
    }

    /// <summary>Who would be hurt if the image went; null when nobody.</summary>
    public static string? Guard(CatalogImage image, ImageUsers users, DateTimeOffset now)
    {
        if (image.Lease is { } lease && !lease.IsOver(now))
        {
            return $"run {image.Run ?? "of another process"} works on it";
        }

        return users.Of(image.Id) is { Count: > 0 } all
            ? $"used by {string.Join(", ", all.Select(user => user.ToString()).Order(StringComparer.Ordinal))}"
            : null;
    }

    private static string Older(int keep) => keep switch
    {
        0 => "-n 0 keeps none",
        1 => "not the newest",
        _ => string.Create(CultureInfo.InvariantCulture, $"older than the newest {keep}"),
    };
}
