using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Core;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Carries a plan out. Images go first, their snapshots after them: a snapshot cannot be deleted while an image has it, and
/// what an interrupted run leaves behind is then a snapshot without an image, which the next <c>packer:clean</c> finds.
/// </summary>
public sealed class ImageRemover(CloudSession cloud, Action<RemovalStep> done)
{
    private const int AtOnce = 4;

    // EC2's answers for what is gone already, by hand or by a call whose reply was lost.
    private static readonly HashSet<string> s_gone = new(StringComparer.Ordinal)
    {
        "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidSnapshot.NotFound",
    };

    private readonly ConcurrentDictionary<(string Region, string Id), string> _reasons = new();
    private readonly ConcurrentQueue<Remaining> _remaining = new();

    /// <summary>Removes all it can and returns what remains; one failure does not stop the others.</summary>
    public async Task<ImmutableArray<Remaining>> ApplyAsync(IReadOnlyCollection<RemovalStep> steps, CancellationToken stop)
    {
        foreach (var region in steps.OfType<RemovalStep.RemoveImage>().Select(step => step.Image.Region)
            .Concat(steps.OfType<RemovalStep.RemoveSnapshot>().Select(step => step.Snapshot.Region)).Distinct().ToList())
        {
            await InRegionAsync(cloud.Region(region), steps, stop).ConfigureAwait(false);
        }

        if (_remaining.IsEmpty)
        {
            steps.OfType<RemovalStep.RemoveFile>().ToList().ForEach(Remove);
        }

        return [.. _remaining.OrderBy(one => one.Id, StringComparer.Ordinal)];
    }

    private async Task InRegionAsync(CloudRegion region, IReadOnlyCollection<RemovalStep> steps, CancellationToken stop)
    {
        var images = steps.OfType<RemovalStep.RemoveImage>().Where(step => step.Image.Region == region.Name).ToList();
        await MarkAsync(region, images, stop).ConfigureAwait(false);
        var snapshots = new ConcurrentDictionary<string, RemovalStep>(StringComparer.Ordinal);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop };
        await Parallel.ForEachAsync(images, parallel, async (step, token) =>
        {
            if (await DeregisterAsync(region, step.Image, token).ConfigureAwait(false))
            {
                foreach (var id in step.Snapshots)
                {
                    snapshots.TryAdd(id, step);
                }

                done(step);
            }
        }).ConfigureAwait(false);
        foreach (var step in steps.OfType<RemovalStep.RemoveSnapshot>().Where(step => step.Snapshot.Region == region.Name))
        {
            snapshots.TryAdd(step.Snapshot.Id, step);
        }

        // DeregisterImage has deleted the snapshots where the cloud knows that option; what is still there goes one by one.
        var left = await new SnapshotReader(region).ExistingAsync([.. snapshots.Keys], stop).ConfigureAwait(false);
        await Parallel.ForEachAsync(left.Order(StringComparer.Ordinal), parallel, async (id, token) =>
        {
            if (await DeleteAsync(region, id, token).ConfigureAwait(false) && snapshots[id] is RemovalStep.RemoveSnapshot step)
            {
                done(step);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Tags the snapshots of images that another program made, so that those which outlive their image are still found.</summary>
    private static async Task MarkAsync(CloudRegion region, List<RemovalStep.RemoveImage> steps, CancellationToken stop)
    {
        var untagged = await new SnapshotReader(region).UntaggedAsync([.. steps.SelectMany(step => step.Image.SnapshotIds).Distinct()], stop).ConfigureAwait(false);
        foreach (var group in steps.GroupBy(step => step.Image.Group))
        {
            foreach (var ids in group.SelectMany(step => step.Image.SnapshotIds).Distinct().Where(untagged.Contains).Chunk(InstanceUsers.FilterValues))
            {
                var request = new CreateTagsRequest { Resources = [.. ids], Tags = [new Tag { Key = BakerTags.Group, Value = group.Key }] };
                await region.Pacer.SendAsync(region.Clients.EC2.CreateTagsAsync, request, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> DeregisterAsync(CloudRegion region, CatalogImage image, CancellationToken stop)
    {
        var request = new DeregisterImageRequest { ImageId = image.Id, DeleteAssociatedSnapshots = true };
        try
        {
            var answer = await region.Pacer.SendAsync(region.Clients.EC2.DeregisterImageAsync, request, stop).ConfigureAwait(false);
            foreach (var result in answer.DeleteSnapshotResults ?? [])
            {
                if (result.ReturnCode?.Value is { } code && code != "success")
                {
                    _reasons[(region.Name, result.SnapshotId)] = code;
                }
            }

            return true;
        }
        catch (AmazonEC2Exception error) when (s_gone.Contains(error.ErrorCode ?? ""))
        {
            return true;
        }
        catch (Exception error) when (IsFailure(error))
        {
            Keep(region, image.Id, error.Message, $"ec2 deregister-image --delete-associated-snapshots --image-id {image.Id}");
            return false;
        }
    }

    private async Task<bool> DeleteAsync(CloudRegion region, string snapshot, CancellationToken stop)
    {
        try
        {
            await region.Pacer.SendAsync(region.Clients.EC2.DeleteSnapshotAsync, new DeleteSnapshotRequest { SnapshotId = snapshot }, stop).ConfigureAwait(false);
            return true;
        }
        catch (AmazonEC2Exception error) when (s_gone.Contains(error.ErrorCode ?? ""))
        {
            return true;
        }
        catch (Exception error) when (IsFailure(error))
        {
            var reason = _reasons.TryGetValue((region.Name, snapshot), out var code) ? $"{error.Message} ({code})" : error.Message;
            Keep(region, snapshot, reason, $"ec2 delete-snapshot --snapshot-id {snapshot}");
            return false;
        }
    }

    private void Remove(RemovalStep.RemoveFile step)
    {
        try
        {
            File.Delete(step.Path);
            done(step);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _remaining.Enqueue(new Remaining(step.Name, "", error.Message, $"rm {step.Name}"));
        }
    }

    private void Keep(CloudRegion region, string id, string why, string command) =>
        _remaining.Enqueue(new Remaining(id, region.Name, why, cloud.Suggested.Aws(region.Name, command)));

    private static bool IsFailure(Exception error) => error is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or BakerException;
}
