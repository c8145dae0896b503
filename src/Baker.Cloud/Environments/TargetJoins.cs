using Amazon.AutoScaling.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Puts an Auto Scaling group into target groups and takes it out of others, ten a call.</summary>
internal static class TargetJoins
{
    private const int GroupsPerCall = 10;

    public static async Task DoAsync(EnvironmentScope scope, EnvironmentStep.Join join, CancellationToken stop)
    {
        // A target group may have been made since the plan was.
        var joins = join.Joins.Select(target => Reference.Resolve(target, scope.Find));
        foreach (var some in joins.Chunk(GroupsPerCall))
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.AutoScaling.AttachLoadBalancerTargetGroupsAsync,
                new AttachLoadBalancerTargetGroupsRequest { AutoScalingGroupName = join.Fleet, TargetGroupARNs = [.. some] },
                stop).ConfigureAwait(false);
        }

        foreach (var some in join.Leaves.Chunk(GroupsPerCall))
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.AutoScaling.DetachLoadBalancerTargetGroupsAsync,
                new DetachLoadBalancerTargetGroupsRequest { AutoScalingGroupName = join.Fleet, TargetGroupARNs = [.. some] },
                stop).ConfigureAwait(false);
        }
    }
}
