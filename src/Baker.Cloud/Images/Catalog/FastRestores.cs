using System.Collections.Immutable;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Fast snapshot restore of images' snapshots: volumes have all of their data from the first moment on. It is paid for by snapshot, zone
/// and hour, so that what enables it tags the image first, by which it is found and ended.
/// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-fast-snapshot-restore.html
/// </summary>
internal sealed class FastRestores(CloudClients clients, Pacer pacer)
{
    private static readonly string[] s_on = ["enabling", "optimizing", "enabled"];

    /// <summary>Begins it; false where the endpoint does not know it.</summary>
    /// <exception cref="BakerException">A snapshot does not get it, mostly for want of quota.</exception>
    public async Task<bool> EnableAsync(CatalogImage image, IReadOnlyCollection<string> zones, CancellationToken stop)
    {
        await pacer.SendAsync(
            clients.EC2.CreateTagsAsync,
            new CreateTagsRequest
            {
                Resources = [image.Id],
                Tags = [new Tag { Key = BakerTags.FastRestore, Value = string.Join(' ', zones) }],
            },
            stop).ConfigureAwait(false);
        try
        {
            var reply = await pacer.SendAsync(
                clients.EC2.EnableFastSnapshotRestoresAsync,
                new EnableFastSnapshotRestoresRequest { SourceSnapshotIds = [.. image.SnapshotIds], AvailabilityZones = [.. zones] },
                stop).ConfigureAwait(false);
            return reply.Unsuccessful?.SelectMany(item => item.FastSnapshotRestoreStateErrors ?? []).FirstOrDefault() is not { } error
                ? true
                : throw new BakerException(
                    ExitCode.CloudFailed,
                    $"Fast snapshot restore of {image.Id} in {error.AvailabilityZone}: {error.Error?.Message} ({error.Error?.Code})",
                    "Ask for more of the quota \"snapshots enabled for fast snapshot restore\", or take \"fast_snapshot_restore\" out.");
        }
        catch (AmazonServiceException error) when (SharedImage.IsUnknown(error))
        {
            return false;
        }
    }

    /// <summary>What is not at full speed yet, as <c>snapshot in zone</c>.</summary>
    public async Task<ImmutableArray<string>> PendingAsync(CatalogImage image, IReadOnlyCollection<string> zones, CancellationToken stop)
    {
        var enabled = (await ReadAsync(image.SnapshotIds, ["enabled"], stop).ConfigureAwait(false))
            .Select(each => (each.SnapshotId, each.AvailabilityZone))
            .ToHashSet();
        return
        [
            .. image.SnapshotIds
                .SelectMany(snapshot => zones.Select(zone => (snapshot, zone)))
                .Where(each => !enabled.Contains(each))
                .Select(each => $"{each.snapshot} in {each.zone}"),
        ];
    }

    /// <summary>Ends it in every zone.</summary>
    public async Task DisableAsync(CatalogImage image, CancellationToken stop)
    {
        try
        {
            var on = await ReadAsync(image.SnapshotIds, s_on, stop).ConfigureAwait(false);
            foreach (var zones in on.GroupBy(each => each.SnapshotId))
            {
                await pacer.SendAsync(
                    clients.EC2.DisableFastSnapshotRestoresAsync,
                    new DisableFastSnapshotRestoresRequest
                    {
                        SourceSnapshotIds = [zones.Key],
                        AvailabilityZones = [.. zones.Select(each => each.AvailabilityZone)],
                    },
                    stop).ConfigureAwait(false);
            }
        }
        catch (AmazonServiceException error) when (SharedImage.IsUnknown(error))
        {
            // Then it was never on.
        }

        await pacer.SendAsync(
            clients.EC2.DeleteTagsAsync,
            new DeleteTagsRequest { Resources = [image.Id], Tags = [new Tag { Key = BakerTags.FastRestore }] },
            stop).ConfigureAwait(false);
    }

    private async Task<List<DescribeFastSnapshotRestoreSuccessItem>> ReadAsync(
        IEnumerable<string> snapshots,
        string[] states,
        CancellationToken stop)
    {
        var found = new List<DescribeFastSnapshotRestoreSuccessItem>();
        var request = new DescribeFastSnapshotRestoresRequest
        {
            Filters = [new Filter { Name = "snapshot-id", Values = [.. snapshots] }, new Filter { Name = "state", Values = [.. states] }],
        };
        var pages = pacer.PagesAsync(
            clients.EC2.DescribeFastSnapshotRestoresAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            found.AddRange(page.FastSnapshotRestores ?? []);
        }

        return found;
    }
}
