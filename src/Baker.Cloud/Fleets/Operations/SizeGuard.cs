using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Refuses a smaller size that would leave too few healthy in one of a fleet's target groups.</summary>
internal sealed class SizeGuard(FleetContext context)
{
    private readonly FleetReader _reader = new(context);

    /// <param name="leaves">A fleet that leaves the target groups, whose targets there do not count; null where there is none.</param>
    /// <exception cref="BakerException">A target group would have too few.</exception>
    public Task CheckScaleAsync(AutoScalingGroup group, int desired, AutoScalingGroup? leaves, CancellationToken stop) =>
        CheckAsync(
            group,
            group.AutoScalingGroupName,
            desired,
            healthy => Math.Max(0, healthy + desired - (group.DesiredCapacity ?? 0)),
            leaves,
            stop);

    /// <param name="fresh">The fleet that takes the place of the old one.</param>
    /// <exception cref="BakerException">A target group would have too few.</exception>
    public Task CheckUpdateAsync(AutoScalingGroup old, string fresh, int desired, CancellationToken stop) =>
        CheckAsync(old, fresh, desired, _ => desired, leaves: null, stop);

    /// <param name="stays">How many healthy ones the fleet itself has afterwards, by how many it has now.</param>
    private async Task CheckAsync(
        AutoScalingGroup serving,
        string name,
        int desired,
        Func<int, int> stays,
        AutoScalingGroup? leaves,
        CancellationToken stop)
    {
        if (desired >= (serving.DesiredCapacity ?? 0))
        {
            return;
        }

        var (own, leaving) = (Ids(serving), Ids(leaves));
        foreach (var arn in serving.TargetGroupARNs ?? [])
        {
            var healthy = (await _reader.TargetsAsync([arn], stop).ConfigureAwait(false))
                .Where(instance => !leaving.Contains(instance.Key))
                .ToLookup(instance => own.Contains(instance.Key), instance => instance.Count(target => target.IsHealthy));
            var left = healthy[false].Sum() + stays(healthy[true].Sum());
            if (left < DeployPlan.LeastHealthy)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name} at {desired} would leave {left} healthy in {ArnText.Name(arn)}, fewer than {DeployPlan.LeastHealthy}."),
                    "Say --force if that is meant.");
            }
        }
    }

    private static HashSet<string> Ids(AutoScalingGroup? group) =>
        (group?.Instances ?? []).Select(instance => instance.InstanceId).ToHashSet(StringComparer.Ordinal);
}
