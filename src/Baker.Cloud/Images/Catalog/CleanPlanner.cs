using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Decides what <c>packer:clean</c> removes: per group, environment, architecture and region all but the newest images, and what
/// nothing needs.
/// </summary>
public static class CleanPlanner
{
    /// <param name="keepOf">How many a group keeps, by its name.</param>
    public static RemovalPlan Plan(IEnumerable<CatalogRegion> regions, Func<string, Retention> keepOf, DateTimeOffset now)
    {
        var steps = ImmutableArray.CreateBuilder<RemovalStep>();
        var kept = ImmutableArray.CreateBuilder<KeptImage>();
        var snapshots = ImmutableArray.CreateBuilder<KeptSnapshot>();
        foreach (var region in regions)
        {
            var images = new List<RemovalStep.RemoveImage>();
            foreach (var decision in Decide(region, keepOf, now))
            {
                switch (decision)
                {
                    case (_, { } reason): kept.Add(reason); break;
                    case ({ } removal, _): images.Add(removal); break;
                }
            }

            var (removed, shared) = SnapshotPlanner.Plan(region, images);
            steps.AddRange(removed);
            snapshots.AddRange(shared);
        }

        return new RemovalPlan(steps.ToImmutable(), kept.ToImmutable(), snapshots.ToImmutable());
    }

    private static List<(RemovalStep.RemoveImage? Removal, KeptImage? Kept)> Decide(
        CatalogRegion region,
        Func<string, Retention> keepOf,
        DateTimeOffset now)
    {
        var decisions = new List<(RemovalStep.RemoveImage? Removal, KeptImage? Kept)>();
        foreach (var group in region.Images
            .GroupBy(image => (image.Group, Environments: string.Join(' ', image.Environments), image.Architecture))
            .OrderBy(group => group.Key.Group, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Environments, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Architecture, StringComparer.Ordinal))
        {
            var (rank, keep) = (0, keepOf(group.Key.Group));
            foreach (var image in group)
            {
                var isRevoked = image.Revocation is { } revocation && revocation.Holds(now);
                rank += image.IsAvailable && !isRevoked && !image.IsRejected ? 1 : 0;
                decisions.Add(Keep(image, region.Users, rank, keep, now) is { } reason
                    ? (null, reason)
                    : (new RemovalStep.RemoveImage(
                        image,
                        isRevoked ? $"it {image.WhyNot(now)}"
                            : image.IsRejected ? "it did not pass its tests"
                            : image.IsAvailable ? Older(keep) : $"it is {image.State}"), null));
            }
        }

        return KeepAncestors(region, decisions);
    }

    /// <summary>An image from which one was made that stays, stays, too.</summary>
    private static List<(RemovalStep.RemoveImage? Removal, KeptImage? Kept)> KeepAncestors(
        CatalogRegion region,
        List<(RemovalStep.RemoveImage? Removal, KeptImage? Kept)> decisions)
    {
        var going = decisions.Select(each => each.Removal?.Image.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        for (var changed = true; changed;)
        {
            changed = false;
            for (var index = 0; index < decisions.Count; index++)
            {
                if (decisions[index].Removal is { Image: var image }
                    && region.Users.Of(image.Id).FirstOrDefault(user => user.IsImage && !going.Contains(user.Name)) is { } child)
                {
                    decisions[index] = (null, new KeptImage(image, $"used by {child}", IsGuarded: true));
                    changed = going.Remove(image.Id);
                }
            }
        }

        return decisions;
    }

    /// <summary>
    /// Why an image stays; null when it goes. <paramref name="rank"/> is its place among the group's available images, from
    /// 1.
    /// </summary>
    private static KeptImage? Keep(CatalogImage image, ImageUsers users, int rank, Retention keep, DateTimeOffset now)
    {
        var isRevoked = image.Revocation is { } revocation && revocation.Holds(now);
        if (image.IsAvailable && !isRevoked && !image.IsRejected && rank <= keep.Images)
        {
            return new KeptImage(
                image,
                keep.Images == 1
                    ? "the newest"
                    : string.Create(CultureInfo.InvariantCulture, $"number {rank} of the newest {keep.Images}"),
                IsGuarded: false);
        }

        if (image.IsAvailable && !isRevoked && keep.Age is { } age && now - image.Created < age)
        {
            return new KeptImage(image, $"younger than {Days(age)}", IsGuarded: false);
        }

        if (Guard(image, users, now) is { } guard)
        {
            return new KeptImage(image, guard, IsGuarded: true);
        }

        // Neither finished nor failed: without a live lease a dead run began it (the next bake finishes it), or another program did.
        return image.IsAvailable || image.IsFailed || isRevoked ? null : new KeptImage(image, $"it is {image.State}", IsGuarded: true);
    }

    /// <summary>Who would be hurt if the image went; null when nobody.</summary>
    public static string? Guard(CatalogImage image, ImageUsers users, DateTimeOffset now)
    {
        if (image.Lease is { } lease && !lease.IsOver(now))
        {
            return $"run {image.Run ?? "of another process"} works on it";
        }

        return users.Of(image.Id).Where(user => !user.IsImage).ToList() is { Count: > 0 } all
            ? $"used by {string.Join(", ", all.Select(user => user.ToString()).Order(StringComparer.Ordinal))}"
            : null;
    }

    private static string Older(Retention keep) => keep.Images switch
    {
        0 => "none is kept",
        1 => "not the newest",
        _ => string.Create(CultureInfo.InvariantCulture, $"older than the newest {keep.Images}"),
    } + (keep.Age is { } age ? $", and older than {Days(age)}" : "");

    private static string Days(TimeSpan age) => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0.##} days");
}
