using System.Collections.Immutable;
using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Reads the groups' snapshots of one region, and tells which of them no image uses.</summary>
internal sealed class SnapshotReader(CloudRegion region)
{
    private const int PageSize = 1000;

    /// <summary>
    /// The snapshots that are left over: finished, tagged as a group's, not held by a live run, part of no image, and made for
    /// none that exists. A pending image does not list its snapshots yet, so its group's are all left alone.
    /// </summary>
    public async Task<ImmutableArray<CatalogSnapshot>> OrphansAsync(IReadOnlySet<string> groups, IReadOnlyCollection<CatalogImage> images, DateTimeOffset now, CancellationToken stop)
    {
        var used = images.SelectMany(image => image.SnapshotIds).ToHashSet(StringComparer.Ordinal);
        var existing = images.Select(image => image.Id).ToHashSet(StringComparer.Ordinal);
        var unfinished = images.Where(image => image.IsPending).Select(image => image.Group).ToHashSet(StringComparer.Ordinal);
        var candidates = (await ReadAsync(groups, stop).ConfigureAwait(false))
            .Where(snapshot => snapshot.State == "completed" && !unfinished.Contains(snapshot.Group) && snapshot.Lease?.IsOver(now) != false)
            .Where(snapshot => !used.Contains(snapshot.Id) && !snapshot.Images.Any(existing.Contains))
            .ToList();
        var registered = await RegisteredAsync(candidates, stop).ConfigureAwait(false);
        return [.. candidates.Where(snapshot => !registered.Contains(snapshot.Id)).OrderBy(snapshot => snapshot.Id, StringComparer.Ordinal)];
    }

    /// <summary>Which of the snapshots still exist.</summary>
    public async Task<IReadOnlySet<string>> ExistingAsync(IReadOnlyCollection<string> ids, CancellationToken stop)
    {
        var existing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in ids.Chunk(InstanceUsers.FilterValues))
        {
            // A filter, not SnapshotIds: one id that is gone would fail the whole call.
            var found = await PagesAsync(new Filter { Name = "snapshot-id", Values = [.. chunk] }, stop).ConfigureAwait(false);
            existing.UnionWith(found.Select(snapshot => snapshot.SnapshotId));
        }

        existing.IntersectWith(ids);
        return existing;
    }

    private async Task<List<CatalogSnapshot>> ReadAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var found = await PagesAsync(new Filter { Name = "tag-key", Values = [BakerTags.Group] }, stop).ConfigureAwait(false);
        return [.. found.Select(snapshot => CatalogSnapshot.Of(snapshot, region.Name)).OfType<CatalogSnapshot>().Where(snapshot => groups.Contains(snapshot.Group))];
    }

    private async Task<List<Snapshot>> PagesAsync(Filter filter, CancellationToken stop)
    {
        var found = new List<Snapshot>();
        var request = new DescribeSnapshotsRequest { OwnerIds = ["self"], Filters = [filter], MaxResults = PageSize };
        await foreach (var page in region.Pacer.PagesAsync(region.Clients.EC2.DescribeSnapshotsAsync, request, reply => request.NextToken = reply.NextToken, stop).ConfigureAwait(false))
        {
            found.AddRange(page.Snapshots ?? []);
        }

        return found;
    }

    // Somebody may have registered an image of their own, without our tags, from a snapshot of ours. All images are read, for
    // not every endpoint knows the filter block-device-mapping.snapshot-id; it is rare that there is anything to ask about.
    private async Task<HashSet<string>> RegisteredAsync(List<CatalogSnapshot> snapshots, CancellationToken stop)
    {
        var registered = new HashSet<string>(StringComparer.Ordinal);
        if (snapshots.Count == 0)
        {
            return registered;
        }

        var request = new DescribeImagesRequest { Owners = ["self"], IncludeDisabled = true, MaxResults = PageSize };
        await foreach (var page in region.Pacer.PagesAsync(region.Clients.EC2.DescribeImagesAsync, request, reply => request.NextToken = reply.NextToken, stop).ConfigureAwait(false))
        {
            registered.UnionWith((page.Images ?? []).SelectMany(image => image.BlockDeviceMappings ?? []).Select(mapping => mapping.Ebs?.SnapshotId).OfType<string>());
        }

        return registered;
    }
}
