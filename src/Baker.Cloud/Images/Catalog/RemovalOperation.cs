using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Core;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Removes images, snapshots and files; one failure does not stop the others. Images go first, their snapshots after them: a
/// snapshot cannot be deleted while an image has it, and what an interrupted run leaves behind is then a snapshot without an
/// image, which the next <c>packer:clean</c> finds.
/// </summary>
/// <param name="contents">Where what is in images is kept; it goes with them.</param>
public sealed class RemovalOperation(
    CloudSession cloud,
    IReadOnlyCollection<RemovalStep> steps,
    Func<CloudRegion, ContentsStore> contents) : Operation<RemovalStep>
{
    // EC2's answers for what is gone already, by hand or by a call whose reply was lost.
    private static readonly HashSet<string> s_gone = new(StringComparer.Ordinal)
    {
        "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidSnapshot.NotFound",
    };

    private readonly ConcurrentDictionary<string, Lazy<Task>> _marked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Region, string Id), string> _reasons = new();
    private readonly ConcurrentQueue<Remaining> _remaining = new();

    public override string Subject => "";

    /// <summary>What could not be removed.</summary>
    public ImmutableArray<Remaining> Remaining => [.. _remaining.OrderBy(one => one.Id, StringComparer.Ordinal)];

    public override Task<IReadOnlyList<RemovalStep>> PlanAsync(CancellationToken stop) => Task.FromResult<IReadOnlyList<RemovalStep>>(
        [
            .. steps.OfType<RemovalStep.RemoveImage>(),
            .. steps.OfType<RemovalStep.RemoveSnapshot>(),
            .. steps.OfType<RemovalStep.RemoveFile>(),
        ]);

    public override int AtOnce(RemovalStep step) => step is RemovalStep.RemoveFile ? 1 : 4;

    /// <summary>The files tell of the images: they stay as long as one of those does.</summary>
    public override RemovalStep? Now(RemovalStep step) => step is not RemovalStep.RemoveFile || _remaining.IsEmpty ? step : null;

    public override async Task DoAsync(RemovalStep step, CancellationToken stop)
    {
        switch (step)
        {
            case RemovalStep.RemoveImage { Image: var image }:
                var region = cloud.Region(image.Region);
                await _marked.GetOrAdd(image.Region, _ => new Lazy<Task>(() => MarkAsync(region, stop))).Value.ConfigureAwait(false);
                await DeregisterAsync(region, image, stop).ConfigureAwait(false);
                await ForgetAsync(region, image.Id, stop).ConfigureAwait(false);
                break;
            case RemovalStep.RemoveSnapshot { Snapshot: var snapshot }:
                await DeleteAsync(cloud.Region(snapshot.Region), snapshot.Id, stop).ConfigureAwait(false);
                break;
            case RemovalStep.RemoveFile file:
                File.Delete(file.Path);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    public override bool GoesOnAfter(RemovalStep step, Exception failure)
    {
        if (failure is OperationCanceledException || !CloudFailure.IsOutside(failure))
        {
            return false;
        }

        switch (step)
        {
            case RemovalStep.RemoveImage { Image: var image }:
                Keep(
                    cloud.Region(image.Region),
                    image.Id,
                    failure.Message,
                    $"ec2 deregister-image --delete-associated-snapshots --image-id {image.Id}");
                break;
            case RemovalStep.RemoveSnapshot { Snapshot: var snapshot }:
                Keep(cloud.Region(snapshot.Region), snapshot.Id, failure.Message, DeleteCommand(snapshot.Id));
                break;
            case RemovalStep.RemoveFile file:
                _remaining.Enqueue(new Remaining(file.Name, "", failure.Message, $"rm {file.Name}"));
                break;
        }

        return true;
    }

    /// <summary>DeregisterImage has deleted the snapshots where the cloud knows that option; what is still there goes one by one.</summary>
    public override async Task SettleAsync(IReadOnlyList<RemovalStep> stage, CancellationToken stop)
    {
        foreach (var images in stage
            .OfType<RemovalStep.RemoveImage>()
            .Where(step => !_remaining.Any(one => one.Id == step.Image.Id))
            .GroupBy(step => step.Image.Region))
        {
            var region = cloud.Region(images.Key);
            var left = await new SnapshotReader(region).ExistingAsync(
                [.. images.SelectMany(step => step.Snapshots).Distinct()],
                stop).ConfigureAwait(false);
            foreach (var id in left.Order(StringComparer.Ordinal))
            {
                try
                {
                    await DeleteAsync(region, id, stop).ConfigureAwait(false);
                }
                catch (Exception error)
                    when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
                {
                    Keep(
                        region,
                        id,
                        _reasons.TryGetValue((region.Name, id), out var code) ? $"{error.Message} ({code})" : error.Message,
                        DeleteCommand(id));
                }
            }
        }
    }

    /// <summary>Tags the snapshots of images that another program made, so that those which outlive their image are still found.</summary>
    private async Task MarkAsync(CloudRegion region, CancellationToken stop)
    {
        var images = steps.OfType<RemovalStep.RemoveImage>().Where(step => step.Image.Region == region.Name).ToList();
        var untagged = await new SnapshotReader(region).UntaggedAsync(
            [.. images.SelectMany(step => step.Image.SnapshotIds).Distinct()],
            stop).ConfigureAwait(false);
        foreach (var group in images.GroupBy(step => step.Image.Group))
        {
            foreach (var ids in group
                .SelectMany(step => step.Image.SnapshotIds)
                .Distinct()
                .Where(untagged.Contains)
                .Chunk(InstanceUsers.FilterValues))
            {
                var request = new CreateTagsRequest { Resources = [.. ids], Tags = [new Tag { Key = BakerTags.Group, Value = group.Key }] };
                await region.Pacer.SendAsync(region.Clients.EC2.CreateTagsAsync, request, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task DeregisterAsync(CloudRegion region, CatalogImage image, CancellationToken stop)
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
        }
        catch (AmazonEC2Exception error) when (s_gone.Contains(error.ErrorCode ?? ""))
        {
            // That is what was asked for.
        }
    }

    /// <summary>Removes what tells of its contents; that this cannot be done leaves the image no less gone.</summary>
    private async Task ForgetAsync(CloudRegion region, string image, CancellationToken stop)
    {
        var store = contents(region);
        try
        {
            await store.RemoveAsync(image, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested
            && (error is IOException or UnauthorizedAccessException || CloudFailure.IsOutside(error)))
        {
            _remaining.Enqueue(new Remaining(
                ContentsStore.NameOf(image),
                "",
                error.Message,
                store.RemovalCommand(image, cloud.Suggested)));
        }
    }

    private static async Task DeleteAsync(CloudRegion region, string snapshot, CancellationToken stop)
    {
        try
        {
            await region.Pacer.SendAsync(
                region.Clients.EC2.DeleteSnapshotAsync,
                new DeleteSnapshotRequest { SnapshotId = snapshot },
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (s_gone.Contains(error.ErrorCode ?? ""))
        {
            // That is what was asked for.
        }
    }

    private static string DeleteCommand(string snapshot) => $"ec2 delete-snapshot --snapshot-id {snapshot}";

    private void Keep(CloudRegion region, string id, string why, string command) =>
        _remaining.Enqueue(new Remaining(id, region.Name, why, cloud.Suggested.Aws(region.Name, command)));
}
