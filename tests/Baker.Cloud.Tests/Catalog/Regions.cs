using System.Collections.Immutable;
using Baker.Cloud.Images.Catalog;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Tests.Catalog;

/// <summary>Makes catalogues for the planners' tests.</summary>
internal static class Regions
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An image of group www, so many days old.</summary>
    public static CatalogImage Image(int age, string state = "available", Lease? lease = null, string group = "www") => new()
    {
        Id = $"ami-{group}{age}",
        Region = "us-east-1",
        Group = group,
        Name = $"{group} {age}",
        State = state,
        Created = Now.AddDays(-age),
        Lease = lease,
        SnapshotIds = [$"snap-{group}{age}"],
    };

    public static CatalogRegion Region(params CatalogImage[] images) =>
        new("us-east-1", [.. images.OrderByDescending(image => image.Created)], new ImageUsers(), [], new SnapshotUsers());

    public static CatalogRegion UsedBy(this CatalogRegion region, string imageId, ImageUser user)
    {
        region.Users.Add(imageId, user);
        return region;
    }

    public static ImmutableArray<string> Removed(this RemovalPlan plan) => [.. plan.Steps.OfType<RemovalStep.RemoveImage>().Select(step => step.Image.Id)];
}
