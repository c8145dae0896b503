using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Finds the instances that run the images, in any state but terminated.</summary>
internal sealed class InstanceUsers(CloudRegion region)
{
    /// <summary>EC2 takes this many values in one filter.</summary>
    public const int FilterValues = 200;

    private const int PageSize = 1000;

    public async Task ReadAsync(IReadOnlyList<string> images, ImageUsers users, CancellationToken stop)
    {
        foreach (var chunk in images.Chunk(FilterValues))
        {
            var request = new DescribeInstancesRequest
            {
                Filters =
                [
                    new Filter { Name = "image-id", Values = [.. chunk] },
                    new Filter { Name = "instance-state-name", Values = ["pending", "running", "shutting-down", "stopping", "stopped"] },
                ],
                MaxResults = PageSize,
            };
            var pages = region.Pacer.PagesAsync(
                region.Clients.EC2.DescribeInstancesAsync,
                request,
                reply => request.NextToken = reply.NextToken,
                stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var instance in (page.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? []))
                {
                    users.Add(instance.ImageId, new ImageUser("instance", instance.InstanceId, instance.State?.Name?.Value ?? ""));
                }
            }
        }
    }
}
