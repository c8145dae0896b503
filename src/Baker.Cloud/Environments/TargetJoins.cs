using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Planning;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Puts an Auto Scaling group into target groups and takes it out of others, ten a call.</summary>
internal static class TargetJoins
{
    private const int GroupsPerCall = 10;

    public static async Task DoAsync(EnvironmentScope scope, EnvironmentStep.Join join, CancellationToken stop)
    {
        foreach (var some in JoinedBy(scope, join).Chunk(GroupsPerCall))
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

    /// <summary>
    /// Waits until the instances that serve are healthy where they joined: till then a listener that forwards there answers 503. A target
    /// group that no listener forwards to checks nothing.
    /// </summary>
    public static async Task AwaitHealthyAsync(EnvironmentScope scope, EnvironmentStep.Join join, CancellationToken stop)
    {
        var context = scope.Context;
        var joined = await new FleetPlaces(context).TargetGroupsAsync([.. JoinedBy(scope, join)], stop).ConfigureAwait(false);
        var groups = joined.Where(each => each.LoadBalancerArns is { Count: > 0 }).Select(each => each.TargetGroupArn).ToImmutableArray();
        if (groups.IsEmpty)
        {
            return;
        }

        var (reader, say) = (new FleetReader(context), context.SayChanges());
        List<string> reasons = [];
        var isHealthy = await context.UntilAsync(
            async () =>
            {
                var view = await reader.LookAsync(join.Fleet, groups, stop).ConfigureAwait(false);
                var serving = (view?.Instances ?? []).Where(each => each.IsInService).ToList();
                reasons =
                [
                    .. serving.Select(each => (each.Id, Why: each.WhyNotHealthy(groups)))
                        .Where(each => each.Why is not null)
                        .Select(each => $"{each.Id} {each.Why}"),
                ];
                if (reasons.Count > 0)
                {
                    say($"  {serving.Count - reasons.Count} of {serving.Count} of {join.Fleet} healthy where it joined; "
                        + string.Join("; ", reasons.Take(5)));
                }

                return reasons.Count == 0;
            },
            context.HealthLimit,
            stop).ConfigureAwait(false);
        if (!isHealthy)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"After {DurationText.Of(context.HealthLimit)} not all of {join.Fleet} is healthy where it joined:"
                    + string.Concat(reasons.Take(10).Select(reason => $"\n  {reason}")),
                $"It has joined, and serves there once it is healthy; {context.Suggested.Package("environment:status")} shows it.");
        }
    }

    /// <summary>A target group may have been made since the plan was.</summary>
    private static IEnumerable<string> JoinedBy(EnvironmentScope scope, EnvironmentStep.Join join) =>
        Reference.ResolveAll(join.Joins, scope.Find);
}
