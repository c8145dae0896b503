using System.Collections.Immutable;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Decides which snapshots go: those of the images that go, and those left over, unless an image that stays has one.</summary>
internal static class SnapshotPlanner
{
    /// <summary>The region's removals with their snapshots: the images', then those that are left over; and which snapshots stay.</summary>
    public static (ImmutableArray<RemovalStep> Steps, ImmutableArray<KeptSnapshot> Kept) Plan(
        CatalogRegion region,
        IReadOnlyCollection<RemovalStep.RemoveImage> images)
    {
        var going = images.Select(step => step.Image.Id).ToHashSet(StringComparer.Ordinal);
        var kept = ImmutableArray.CreateBuilder<KeptSnapshot>();
        var steps = ImmutableArray.CreateBuilder<RemovalStep>();
        foreach (var step in images)
        {
            steps.Add(step with { Snapshots = [.. step.Image.SnapshotIds.Where(id => Goes(id, step.Image.Group))] });
        }

        steps.AddRange(region.Orphans
            .Where(snapshot => Goes(snapshot.Id, snapshot.Group))
            .Select(snapshot => new RemovalStep.RemoveSnapshot(snapshot)));
        return (steps.ToImmutable(), [.. kept.DistinctBy(snapshot => snapshot.Id)]);

        bool Goes(string id, string group)
        {
            var users = region.SnapshotUsers
                .Of(id)
                .Where(image => !going.Contains(image.Key))
                .Select(image => $"{image.Key} \"{image.Value}\"")
                .ToList();
            if (users.Count > 0)
            {
                kept.Add(new KeptSnapshot(
                    id,
                    group,
                    region.Region,
                    $"image{(users.Count == 1 ? "" : "s")} {string.Join(", ", users)} {(users.Count == 1 ? "has" : "have")} it too"));
            }

            return users.Count == 0;
        }
    }
}
