using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Moves a whole group into and out of its target groups.</summary>
internal static class Traffic
{
    /// <summary>AWS takes ten target groups a call.</summary>
    private const int Batch = 10;

    private static readonly string[] s_held = ["AlarmNotification", "ScheduledActions"];

    public static async Task AttachAsync(FleetRun run, FleetStep.Attach step, CancellationToken stop)
    {
        var group = await Need(run, step.Name, stop).ConfigureAwait(false);
        var missing = run.Journal.TargetGroups.Except(group.TargetGroupARNs ?? []).ToList();
        foreach (var arns in missing.Chunk(Batch))
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.AttachLoadBalancerTargetGroupsAsync,
                new AttachLoadBalancerTargetGroupsRequest { AutoScalingGroupName = step.Name, TargetGroupARNs = [.. arns] },
                stop).ConfigureAwait(false);
        }
    }

    public static async Task DetachAsync(FleetRun run, FleetStep.Detach step, CancellationToken stop)
    {
        var group = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false);
        await DetachAsync(run, step.Name, group?.TargetGroupARNs ?? [], stop).ConfigureAwait(false);
        foreach (var names in (group?.LoadBalancerNames ?? []).Chunk(Batch))
        {
            await run.Context.Pacer.SendOnceAsync(
                run.Context.Clients.AutoScaling.DetachLoadBalancersAsync,
                new DetachLoadBalancersRequest { AutoScalingGroupName = step.Name, LoadBalancerNames = [.. names] },
                async token => await IsWithoutAsync(run, step.Name, names, each => each.LoadBalancerNames, token).ConfigureAwait(false)
                    ? new DetachLoadBalancersResponse()
                    : null,
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a group out of some of its target groups.</summary>
    public static async Task DetachAsync(FleetRun run, string name, List<string> targetGroups, CancellationToken stop)
    {
        foreach (var arns in targetGroups.Chunk(Batch))
        {
            await run.Context.Pacer.SendOnceAsync(
                run.Context.Clients.AutoScaling.DetachLoadBalancerTargetGroupsAsync,
                new DetachLoadBalancerTargetGroupsRequest { AutoScalingGroupName = name, TargetGroupARNs = [.. arns] },
                async token => await IsWithoutAsync(run, name, arns, each => each.TargetGroupARNs, token).ConfigureAwait(false)
                    ? new DetachLoadBalancerTargetGroupsResponse()
                    : null,
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>Drained is: the group has no attachment left that is going, and no target group knows any of its instances.</summary>
    public static async Task AwaitDrainedAsync(FleetRun run, FleetStep.AwaitDrained step, CancellationToken stop)
    {
        var groups = run.Journal.TargetGroups;
        if (run.Journal.New is { } fresh)
        {
            groups = [.. groups.Union(await run.Health.TargetGroupsAsync(fresh, stop).ConfigureAwait(false))];
        }

        if (run.Journal.Old is { } old)
        {
            groups = [.. groups.Union(await run.Health.TargetGroupsAsync(old, stop).ConfigureAwait(false))];
        }

        var registered = 0;
        if (!await run.Context.UntilAsync(IsDrainedAsync, run.Context.RetireLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{step.Name} is still registered {registered} times after {DurationText.Of(run.Context.RetireLimit)}.",
                "Look at the target groups' deregistration delay; the same command goes on from here.");
        }

        async Task<bool> IsDrainedAsync()
        {
            if (await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false) is not { } group)
            {
                return true;
            }

            var states = await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.DescribeLoadBalancerTargetGroupsAsync,
                new DescribeLoadBalancerTargetGroupsRequest { AutoScalingGroupName = step.Name, MaxRecords = 100 },
                stop).ConfigureAwait(false);
            var targets = await run.Reader.TargetsAsync(groups, stop).ConfigureAwait(false);
            registered = (group.Instances ?? []).Sum(instance => targets[instance.InstanceId].Count());
            run.Context.Report(new ChangeProgress.Remaining("targets draining", registered));
            return (states.LoadBalancerTargetGroups ?? []).Count == 0 && registered == 0;
        }
    }

    /// <summary>Out of service a group has no load: its policies would shrink it just when it may be needed again.</summary>
    public static async Task HoldAsync(FleetRun run, FleetStep.Hold step, CancellationToken stop)
    {
        if (await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false) is not null)
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.SuspendProcessesAsync,
                new SuspendProcessesRequest { AutoScalingGroupName = step.Name, ScalingProcesses = [.. s_held] },
                stop).ConfigureAwait(false);
        }
    }

    public static async Task ReleaseAsync(FleetRun run, FleetStep.Release step, CancellationToken stop)
    {
        var ours = s_held.Except(run.Journal.Suspended).ToList();
        var group = await Need(run, step.Name, stop).ConfigureAwait(false);
        if (ours.Count > 0 && (group.SuspendedProcesses ?? []).Exists(process => ours.Contains(process.ProcessName)))
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.ResumeProcessesAsync,
                new ResumeProcessesRequest { AutoScalingGroupName = step.Name, ScalingProcesses = ours },
                stop).ConfigureAwait(false);
        }

        if (run.Journal is { New: not null, Image.Length: > 0 })
        {
            var mark = $"{run.Journal.Image} {TimeText.Of(run.Context.Clock.UtcNow)} {run.Journal.Owner}";
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
                new CreateOrUpdateTagsRequest
                {
                    Tags = [FleetTags.Of(step.Name, FleetTags.RolledBack, mark[..Math.Min(256, mark.Length)])],
                },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>Before it serves again: at least what it had, and at least what the new one has where that serves alone.</summary>
    public static async Task ReviveAsync(FleetRun run, FleetStep.Revive step, CancellationToken stop)
    {
        var group = await Need(run, step.Name, stop).ConfigureAwait(false);
        var other = step.Other is null || !run.Journal.Switched ? null : await run.Reader.FindAsync(step.Other, stop).ConfigureAwait(false);
        var desired = Math.Max(Math.Max(group.DesiredCapacity ?? 0, step.Capacity.Desired), other?.DesiredCapacity ?? 0);
        var wanted = new Capacity(
            Math.Min(step.Capacity.Min, desired),
            Math.Max(Math.Max(group.MaxSize ?? 0, step.Capacity.Max), desired),
            desired);
        if (FleetReader.View(group).Capacity != wanted)
        {
            await GroupFactory.SizeAsync(run.Context, step.Name, wanted, stop).ConfigureAwait(false);
        }
    }

    /// <summary>AWS refuses to detach what is not attached.</summary>
    private static async Task<bool> IsWithoutAsync(
        FleetRun run,
        string name,
        string[] gone,
        Func<AutoScalingGroup, List<string>?> attached,
        CancellationToken stop) =>
        await run.Reader.FindAsync(name, stop).ConfigureAwait(false) is not { } now
        || !(attached(now) ?? []).Exists(each => gone.Contains(each));

    internal static async Task<AutoScalingGroup> Need(FleetRun run, string name, CancellationToken stop) =>
        await run.Reader.FindAsync(name, stop).ConfigureAwait(false)
        ?? throw new BakerException(
            ExitCode.CloudFailed,
            $"The Auto Scaling group {name} is gone.",
            "There is nothing to go back to: deploy the image that you want with autoscale:update --image ID.");
}
