using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Core;

namespace Baker.Cloud.Fleets;

/// <summary>Warm pools, which keep an Auto Scaling group from being deleted.</summary>
internal static class WarmPools
{
    public static async Task DeleteAsync(FleetContext context, string fleet, CancellationToken stop)
    {
        var reader = new FleetReader(context);
        if (await reader.FindAsync(fleet, stop).ConfigureAwait(false) is not { WarmPoolConfiguration: not null } group)
        {
            return;
        }

        if (group.WarmPoolConfiguration.Status != WarmPoolStatus.PendingDelete)
        {
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.DeleteWarmPoolAsync,
                new DeleteWarmPoolRequest { AutoScalingGroupName = fleet, ForceDelete = true },
                stop).ConfigureAwait(false);
        }

        var isGone = await context.UntilAsync(
            async () => await reader.FindAsync(fleet, stop).ConfigureAwait(false) is not { WarmPoolConfiguration: not null },
            context.RetireLimit,
            stop).ConfigureAwait(false);
        if (!isGone)
        {
            throw new BakerException(ExitCode.TimedOut, $"The warm pool of {fleet} is not gone still.", "The same command goes on.");
        }
    }
}
