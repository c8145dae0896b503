using System.Collections.Immutable;
using Amazon.Runtime;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>What images of the groups there are, and who uses them: a few pages a region, however many groups.</summary>
public sealed class ImageCatalog(CloudSession cloud)
{
    /// <param name="groupsByRegion">The groups to look for in each region.</param>
    /// <param name="withOrphans">Whether to look for snapshots left over, too.</param>
    public async Task<ImmutableArray<CatalogRegion>> ReadAsync(
        ILookup<string, string> groupsByRegion,
        bool withOrphans,
        CancellationToken stop)
    {
        var regions = await Task.WhenAll(groupsByRegion
            .OrderBy(groups => groups.Key, StringComparer.Ordinal)
            .Select(groups => ReadRegionAsync(
                cloud.Region(groups.Key),
                groups.ToHashSet(StringComparer.Ordinal),
                withOrphans,
                stop))).ConfigureAwait(false);
        return [.. regions];
    }

    /// <summary>The images of some groups in one region by their ids, whatever state they are in.</summary>
    public async Task<IReadOnlyDictionary<string, CatalogImage>> ReadAsync(
        string region,
        IReadOnlySet<GroupName> groups,
        CancellationToken stop)
    {
        var images = await new ImageReader(cloud.Region(region)).ReadAsync(stop).ConfigureAwait(false);
        return images
            .Where(image => GroupName.IsOne(image.Group) && groups.Contains(GroupName.Parse(image.Group)))
            .ToDictionary(image => image.Id, StringComparer.Ordinal);
    }

    private async Task<CatalogRegion> ReadRegionAsync(CloudRegion region, HashSet<string> groups, bool withOrphans, CancellationToken stop)
    {
        var all = await new ImageReader(region).ReadAsync(stop).ConfigureAwait(false);
        var images = all.RemoveAll(image => !groups.Contains(image.Group));
        var users = new ImageUsers();
        foreach (var child in all.Where(image => image.SourceId is not null))
        {
            users.Add(child.SourceId!, ImageUser.Child(child));
        }

        if (images.Length > 0)
        {
            await Task.WhenAll(
                new InstanceUsers(region).ReadAsync([.. images.Select(image => image.Id)], users, stop),
                ReadChannelsAsync(region, users, stop),
                ReadLaunchersAsync(region, users, stop)).ConfigureAwait(false);
        }

        if (!withOrphans)
        {
            return new CatalogRegion(region.Name, images, users, [], new SnapshotUsers());
        }

        var snapshots = new SnapshotReader(region);
        var orphans = await snapshots.OrphansAsync(groups, images, cloud.Clock.UtcNow, stop).ConfigureAwait(false);
        var shared = images.IsEmpty && orphans.IsEmpty ? new SnapshotUsers() : await snapshots.UsersAsync(stop).ConfigureAwait(false);
        return new CatalogRegion(region.Name, images, users, orphans, shared);
    }

    private static async Task ReadChannelsAsync(CloudRegion region, ImageUsers users, CancellationToken stop)
    {
        foreach (var channel in await new ImageChannels(region.Clients, region.Pacer).ReadAsync(group: null, stop).ConfigureAwait(false))
        {
            users.Add(channel.ImageId, new ImageUser("channel", $"{channel.Group}:{channel.Name}"));
        }
    }

    private static async Task ReadLaunchersAsync(CloudRegion region, ImageUsers users, CancellationToken stop)
    {
        var templates = new LaunchTemplateImages();
        await WhereKnownAsync(async () =>
            templates = await new LaunchTemplateUsers(region).ReadAsync(users, stop).ConfigureAwait(false)).ConfigureAwait(false);
        await WhereKnownAsync(() => new FleetUsers(region).ReadAsync(templates, users, stop)).ConfigureAwait(false);
    }

    // An endpoint that does not know an action at all (AWS knows them all) has nothing that could use an image that way.
    private static async Task WhereKnownAsync(Func<Task> read)
    {
        try
        {
            await read().ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "InvalidAction" or "UnknownOperationException")
        {
        }
    }
}
