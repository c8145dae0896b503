using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Images;

/// <summary>The end of a bake's instance, and of volumes that outlive it.</summary>
internal static class InstanceRemoval
{
    /// <summary>Bare metal takes over twenty minutes.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(45);

    public static async Task DeleteVolumeAsync(CloudRegion region, string id, CancellationToken stop)
    {
        try
        {
            await region.Pacer.SendAsync(
                region.Clients.EC2.DeleteVolumeAsync,
                new DeleteVolumeRequest { VolumeId = id },
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidVolume.NotFound")
        {
            // Another run has found it too.
        }
    }

    public static Task UntilGoneAsync(CloudRegion region, string id, CancellationToken stop) =>
        region.Waits.Instances.UntilAsync(
            id,
            instance => instance?.State?.Name?.Value is null or "terminated",
            new Expectation($"{region.Name}/terminated", s_timeout, $"instance {id} in state terminated"),
            stop);
}
