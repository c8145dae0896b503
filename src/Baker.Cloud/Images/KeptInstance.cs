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
    public static Task MarkAsync(CloudRegion region, string id, CancellationToken stop) => region.Pacer.SendAsync(
        region.Clients.EC2.CreateTagsAsync,
        new CreateTagsRequest { Resources = [id], Tags = [new Tag { Key = BakerTags.Purpose, Value = BakerTags.Kept }] },
        stop);

    /// <summary>What to say of it: how to look, and how to end it.</summary>
    public static Leftover Describe(string id, SuggestedCommands suggested) =>
        new($"instance {id}, kept for a look: {suggested.Package($"instance:shell {id}")}", suggested.Package($"instance:terminate {id}"));

    /// <summary>The instances that a run made for a group and that still exist.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(CloudRegion region, string run, GroupName group, CancellationToken stop)
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
        return [.. (answer.Reservations ?? [])
            .SelectMany(reservation => reservation.Instances ?? [])
            .Select(instance => instance.InstanceId)];
    }
}
