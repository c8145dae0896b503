using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Images.Catalog;

/// <summary>One snapshot that carries a group's tag.</summary>
/// <param name="Images">The images that its description names: EC2 writes there what it was made for.</param>
public sealed partial record CatalogSnapshot(
    string Id,
    string Region,
    string Group,
    string State,
    Lease? Lease,
    ImmutableArray<string> Images)
{
    internal static CatalogSnapshot? Of(Snapshot snapshot, string region)
    {
        var tags = snapshot.Tags ?? [];
        return tags.Find(tag => tag.Key == BakerTags.Group)?.Value is { } group
            ? new CatalogSnapshot(
                snapshot.SnapshotId,
                region,
                group,
                snapshot.State?.Value ?? "",
                Lease.Parse(tags.Find(tag => tag.Key == BakerTags.Lease)?.Value),
                [.. ImageId().Matches(snapshot.Description ?? "").Select(match => match.Value).Distinct()])
            : null;
    }

    [GeneratedRegex("ami-[0-9a-f]+")]
    private static partial Regex ImageId();
}
