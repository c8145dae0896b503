using Amazon.AutoScaling.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Gives an Auto Scaling group the size and the tags of the manifest. How many instances run is Auto Scaling's to say.</summary>
internal static class FleetCorrection
{
    public static async Task DoAsync(FleetContext context, EnvironmentStep.ChangeFleet step, CancellationToken stop)
    {
        await new JournalStore(context).RefuseDuringChangeAsync(step.Group, stop).ConfigureAwait(false);
        if (!step.Tags.IsEmpty)
        {
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
                new CreateOrUpdateTagsRequest
                {
                    Tags = [.. step.Tags.Select(tag => FleetTags.Of(step.Fleet, tag.Key, tag.Value, propagate: true))],
                },
                stop).ConfigureAwait(false);
        }

        if (step.Size is var (min, max))
        {
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
                new UpdateAutoScalingGroupRequest { AutoScalingGroupName = step.Fleet, MinSize = min, MaxSize = max },
                stop).ConfigureAwait(false);
        }
    }
}
