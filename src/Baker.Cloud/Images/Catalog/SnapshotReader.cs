using System.Collections.Immutable;
using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Reads the groups' snapshots of one region, and tells which of them no image uses.</summary>
internal sealed class SnapshotReader(CloudRegion region)
{
    private const int PageSize = 1000;

    /// <summary>
    /// The snapshots that are left over: finished or failed, tagged as a group's, not held by a live run, part of no image of the
    /// groups, and made for none that exists. A pending image does not list its snapshots yet, so its group's are all left alone.
    /// </summary>
    public async Task<ImmutableArray<CatalogSnapshot>> OrphansAsync(
        IReadOnlySet<string> groups,
        IReadOnlyCollection<CatalogImage> images,
        DateTimeOffset now,
        CancellationToken stop)
    {
        var used = images.SelectMany(image => image.SnapshotIds).ToHashSet(StringComparer.Ordinal);
        var existing = images.Select(image => image.Id).ToHashSet(StringComparer.Ordinal);
        var unfinished = images.Where(image => image.IsPending).Select(image => image.Group).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. (await ReadAsync(groups, stop).ConfigureAwait(false))
            .Where(snapshot => snapshot.State is "completed" or "error"
                && !unfinished.Contains(snapshot.Group)
                && snapshot.Lease?.IsOver(now) != false)
            .Where(snapshot => !used.Contains(snapshot.Id) && !snapshot.Images.Any(existing.Contains))
            .OrderBy(snapshot => snapshot.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Which of the snapshots still exist.</summary>
    public async Task<IReadOnlySet<string>> ExistingAsync(IReadOnlyCollection<string> ids, CancellationToken stop) =>
        (await DescribeAsync(ids, stop).ConfigureAwait(false)).Select(snapshot => snapshot.SnapshotId).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Which of the snapshots exist and do not say what group they are of: <see cref="OrphansAsync"/> would not find them.
    /// </summary>
    public async Task<IReadOnlySet<string>> UntaggedAsync(IReadOnlyCollection<string> ids, CancellationToken stop) =>
        (await DescribeAsync(ids, stop).ConfigureAwait(false))
            .Where(snapshot => snapshot.Tags?.Exists(tag => tag.Key == BakerTags.Group) != true)
            .Select(snapshot => snapshot.SnapshotId).ToHashSet(StringComparer.Ordinal);

    private async Task<List<Snapshot>> DescribeAsync(IReadOnlyCollection<string> ids, CancellationToken stop)
    {
        var (found, asked) = (new List<Snapshot>(), ids.ToHashSet(StringComparer.Ordinal));
        foreach (var chunk in asked.Chunk(InstanceUsers.FilterValues))
        {
            // A filter, not SnapshotIds: one id that is gone would fail the whole call.
            found.AddRange(await PagesAsync(new Filter { Name = "snapshot-id", Values = [.. chunk] }, stop).ConfigureAwait(false));
        }

        return found.FindAll(snapshot => asked.Contains(snapshot.SnapshotId));
    }

    /// <summary>
    /// Which images have which snapshot: somebody may have registered an image of their own, without our tags, from one of ours.
    /// All images are read, for not every endpoint knows the filter <c>block-device-mapping.snapshot-id</c>.
    /// </summary>
    public async Task<SnapshotUsers> UsersAsync(CancellationToken stop)
    {
        var users = new SnapshotUsers();
        var request = new DescribeImagesRequest { Owners = ["self"], IncludeDisabled = true, MaxResults = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeImagesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            (page.Images ?? []).ForEach(users.Add);
        }

        return users;
    }

    private async Task<List<CatalogSnapshot>> ReadAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var found = await PagesAsync(new Filter { Name = "tag-key", Values = [BakerTags.Group] }, stop).ConfigureAwait(false);
        return [.. found
            .Select(snapshot => CatalogSnapshot.Of(snapshot, region.Name))
            .OfType<CatalogSnapshot>()
            .Where(snapshot => groups.Contains(snapshot.Group))];
    }

    private async Task<List<Snapshot>> PagesAsync(Filter filter, CancellationToken stop)
    {
        var found = new List<Snapshot>();
        var request = new DescribeSnapshotsRequest { OwnerIds = ["self"], Filters = [filter], MaxResults = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeSnapshotsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            found.AddRange(page.Snapshots ?? []);
        }

        return found;
    }
}
