using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images;

/// <summary>
/// The instance of a failed bake that a person wants to look at: marked, so that no run takes it for what a dead one left.
/// </summary>
public static class KeptInstance
{
    /// <summary>
    /// Marks an instance, or what lets in to it: <c>instance:list</c> shows it as a kept bake, <c>packer:clean</c> ends it,
    /// a bake leaves it alone.
    /// </summary>
    /// <param name="retry">What it was before its first step, where the next bake is to go on with it.</param>
    public static Task MarkAsync(CloudRegion region, string id, CancellationToken stop, string? retry = null)
    {
        var tags = new List<Tag> { new() { Key = BakerTags.Purpose, Value = BakerTags.Kept } };
        if (retry is not null)
        {
            tags.Add(new Tag { Key = BakerTags.Retry, Value = retry });
        }

        return region.Pacer.SendAsync(
            region.Clients.EC2.CreateTagsAsync,
            new CreateTagsRequest { Resources = [id], Tags = tags },
            stop);
    }

    /// <summary>What to say of it: how to look, and how to end it.</summary>
    /// <param name="group">The group whose next bake goes on with it; null: it is kept for a look.</param>
    public static Leftover Describe(string id, SuggestedCommands suggested, string? group = null) => new(
        group is null
            ? $"instance {id}, kept for a look: {suggested.Package($"instance:shell {id}")}"
            : $"instance {id}, kept for the next {suggested.Package($"packer:run {group}")}, which goes on at the script that failed",
        suggested.Package($"instance:terminate {id}"));

    /// <summary>The instances that a run made for a group and that still exist.</summary>
    public static async Task<IReadOnlyList<Instance>> FindAsync(CloudRegion region, string run, GroupName group, CancellationToken stop)
    {
        var request = new DescribeInstancesRequest
        {
            Filters =
            [
                new Filter { Name = $"tag:{BakerTags.Run}", Values = [run] },
                new Filter { Name = $"tag:{BakerTags.Group}", Values = [group] },
                new Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped"] },
            ],
        };
        var answer = await region.Pacer.SendAsync(region.Clients.EC2.DescribeInstancesAsync, request, stop).ConfigureAwait(false);
        return [.. (answer.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? [])];
    }
}
