using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Ends a group in the order that lets its hooks and drains run: to zero, empty, deleted; never by force.</summary>
internal static class Retiring
{
    public static async Task EmptyAsync(FleetRun run, FleetStep.ScaleToZero step, CancellationToken stop)
    {
        var group = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false);
        if (group is null)
        {
            return;
        }

        if ((group.DesiredCapacity ?? 0) > 0 || (group.MinSize ?? 0) > 0)
        {
            await Announcing.WithdrawAnewAsync(run, step.Name, stop).ConfigureAwait(false);
            var request = new UpdateAutoScalingGroupRequest { AutoScalingGroupName = step.Name, MinSize = 0, DesiredCapacity = 0 };
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
                request,
                stop).ConfigureAwait(false);
        }

        List<Instance> left = [];
        if (!await run.Context.UntilAsync(IsEmptyAsync, run.Context.RetireLimit, stop).ConfigureAwait(false))
        {
            var instances = string.Join(", ", left.Select(each => $"{each.InstanceId} ({each.LifecycleState?.Value})"));
            throw new BakerException(
                ExitCode.TimedOut,
                $"{step.Name} still has {instances} after {DurationText.Of(run.Context.RetireLimit)}.",
                "A lifecycle hook may hold them, or scale-in protection; the same command goes on from here.");
        }

        async Task<bool> IsEmptyAsync()
        {
            left = (await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false))?.Instances ?? [];
            run.Context.Report(new ChangeProgress.Remaining("still to go", left.Count));
            return left.Count == 0;
        }
    }

    public static async Task DeleteAsync(FleetRun run, string name, CancellationToken stop)
    {
        await FleetCopy.DeleteAlarmsAsync(run.Context, name, stop).ConfigureAwait(false);
        await WarmPools.DeleteAsync(run.Context, name, stop).ConfigureAwait(false);
        var isAsked = false;
        if (!await run.Context.UntilAsync(IsGoneAsync, run.Context.RetireLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{name} could not be deleted within {DurationText.Of(run.Context.RetireLimit)}.",
                "See its activities in the console; the same command goes on from here.");
        }

        async Task<bool> IsGoneAsync()
        {
            if (!await Exists(run, name, stop).ConfigureAwait(false))
            {
                return true;
            }

            if (isAsked)
            {
                return false;
            }

            isAsked = await AskToDeleteAsync(run, name, stop).ConfigureAwait(false);
            return isAsked && !await Exists(run, name, stop).ConfigureAwait(false);
        }
    }

    private static async Task<bool> AskToDeleteAsync(FleetRun run, string name, CancellationToken stop)
    {
        try
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.DeleteAutoScalingGroupAsync,
                new DeleteAutoScalingGroupRequest { AutoScalingGroupName = name, ForceDelete = false },
                stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is ScalingActivityInProgressException or ResourceInUseException or ResourceContentionException)
        {
            return false; // the last termination is not over yet
        }
        catch (AmazonAutoScalingException error)
            when (error.ErrorCode == "ValidationError" && error.Message.Contains("not found", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }
    }

    private static async Task<bool> Exists(FleetRun run, string name, CancellationToken stop)
    {
        var reply = await run.Context.Pacer.SendAsync(
            run.Context.Clients.AutoScaling.DescribeAutoScalingGroupsAsync,
            new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = [name] },
            stop).ConfigureAwait(false);
        return reply.AutoScalingGroups is { Count: > 0 };
    }
}
