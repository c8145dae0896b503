using Amazon.Runtime;
using Baker.Cloud.Fleets.Steps;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Carries out the steps of a change, one after the other, with the journal always naming the one that is being done.</summary>
public sealed class FleetRunner(FleetContext context, Action<FleetStep> began)
{
    /// <param name="plan">Makes the change; called with the lock held, so that what it saw stays true.</param>
    /// <param name="whileWarm">False: come back when the old group is out of service, and leave it to a later run.</param>
    /// <exception cref="BakerException">With <see cref="ExitCode.TimedOut"/> when the new group was not healthy and has been taken back.</exception>
    public async Task<FleetJournal> RunAsync(
        FleetTarget target,
        string run,
        FleetAction action,
        bool breakLock,
        bool whileWarm,
        Func<CancellationToken, Task<FleetChange>> plan,
        CancellationToken stop)
    {
        var held = await FleetLock.TakeAsync(context, target.Group.Name, run, Command(action), action == FleetAction.Rollback, breakLock, stop).ConfigureAwait(false);
        await using var releasing = held.ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost);
        try
        {
            var change = await plan(both.Token).ConfigureAwait(false);
            return await GoAsync(target, change, held, whileWarm, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (held.Lost.IsCancellationRequested)
        {
            throw held.Gone();
        }
        catch (AmazonServiceException) when (!both.IsCancellationRequested)
        {
            // What it works on may be gone because somebody else works on it.
            await held.HoldAsync(waiting: false, stop).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await held.FarewellAsync().ConfigureAwait(false);
        }
    }

    private static string Command(FleetAction action) => action switch
    {
        FleetAction.Roll => "autoscale:update",
        _ => $"autoscale:{action.ToString().ToLowerInvariant()}",
    };

    private static bool IsWait(FleetStep step) => step is FleetStep.Soak or FleetStep.KeepWarm;

    private async Task<FleetJournal> GoAsync(FleetTarget target, FleetChange change, FleetLock held, bool whileWarm, CancellationToken stop)
    {
        var journal = change.Journal.Since.Length > 0 ? change.Journal : change.Journal with { Since = held.Since };
        var run = new FleetRun(context, target, journal, held) { StepBegan = change.Written ?? default };
        try
        {
            await StepsAsync(run, change.Written is not null, whileWarm, stop).ConfigureAwait(false);
            return run.Journal;
        }
        catch (UnhealthyException sick) when (run.Journal.Action is FleetAction.Run or FleetAction.Update or FleetAction.Roll)
        {
            await held.HoldAsync(waiting: false, stop).ConfigureAwait(false); // it may be sick because a rollback takes it back already
            context.Say($"unhealthy: {sick.Message}");
            run.Journal = FleetPlan.Back(run.Journal, context.Operator.Name);
            await StepsAsync(run, isWritten: false, whileWarm, stop).ConfigureAwait(false);
            throw new BakerException(
                ExitCode.TimedOut,
                sick.Message,
                run.Journal.Old is null ? "What was begun has been taken back." : $"It has been taken back; {run.Journal.Old} serves as before.",
                sick);
        }
        catch (UnhealthyException sick)
        {
            await held.HoldAsync(waiting: false, stop).ConfigureAwait(false);
            throw new BakerException(ExitCode.TimedOut, sick.Message, $"Nothing more was changed; when that is mended, {Command(run.Journal.Action)} {run.Journal.Group} goes on.", sick);
        }
    }

    private async Task StepsAsync(FleetRun run, bool isWritten, bool whileWarm, CancellationToken stop)
    {
        foreach (var step in FleetPlan.Remaining(run.Journal))
        {
            await run.Lock.HoldAsync(IsWait(step), stop).ConfigureAwait(false);
            if (!isWritten && step is not FleetStep.Close)
            {
                run.Journal = run.Journal with { Step = step.Key };
                await run.Journals.WriteAsync(run.Journal, stop).ConfigureAwait(false);
                run.StepBegan = context.Clock.Now ?? default;
            }

            isWritten = false;
            began(step);
            if (step is FleetStep.KeepWarm warm && !whileWarm)
            {
                context.Say($"  leaving {warm.Name} to the next autoscale:update {run.Journal.Group}");
                return;
            }

            await DoAsync(run, step, stop).ConfigureAwait(false);
        }
    }

    private Task DoAsync(FleetRun run, FleetStep step, CancellationToken stop) => step switch
    {
        FleetStep.Open => Task.CompletedTask, // the lock is held and the journal is written: that is all of it
        FleetStep.CreateTemplate create => new LaunchTemplates(context).CreateAsync(run.Target, create.Name, create.Image, run.Journal.Run, stop),
        FleetStep.AddTemplateVersion add => Refreshing.AddVersionAsync(run, add, stop),
        FleetStep.CreateGroup create => GroupMaking.CreateAsync(run, create, stop),
        FleetStep.Launch launch => GroupMaking.LaunchAsync(run, launch, stop),
        FleetStep.AwaitHealthy wait => AwaitHealthyAsync(run, wait, stop),
        FleetStep.MatchCapacity match => GroupMaking.MatchAsync(run, match, stop),
        FleetStep.CopyScaling copy => FleetCopy.ScalingAsync(run, copy.From, copy.To, stop),
        FleetStep.Soak soak => run.Health.StayHealthyAsync(soak.Name, run.Journal.Capacity.Desired, run.Journal.Alarms, () => IsOver(run, soak.Time), stop),
        FleetStep.Hold hold => Traffic.HoldAsync(run, hold, stop),
        FleetStep.Detach detach => Traffic.DetachAsync(run, detach, stop),
        FleetStep.AwaitDrained drained => Traffic.AwaitDrainedAsync(run, drained, stop),
        FleetStep.RestoreMinimum restore => GroupMaking.RestoreMinimumAsync(run, restore, stop),
        FleetStep.KeepWarm warm => KeepWarmAsync(run, warm, stop),
        FleetStep.ScaleToZero empty => Retiring.EmptyAsync(run, empty, stop),
        FleetStep.DeleteGroup delete => Retiring.DeleteAsync(run, delete.Name, stop),
        FleetStep.DeleteTemplate delete => new LaunchTemplates(context).DeleteAsync(delete.Name, stop),
        FleetStep.Revive revive => Traffic.ReviveAsync(run, revive, stop),
        FleetStep.Attach attach => Traffic.AttachAsync(run, attach, stop),
        FleetStep.Release release => Traffic.ReleaseAsync(run, release, stop),
        FleetStep.StartRefresh start => Refreshing.StartAsync(run, start, stop),
        FleetStep.AwaitRefresh wait => Refreshing.AwaitAsync(run, wait, stop),
        FleetStep.RollBackRefresh back => Refreshing.BackAsync(run, back, stop),
        FleetStep.Label label => Refreshing.LabelAsync(run, label, stop),
        FleetStep.Close => run.Journals.DeleteAsync(run.Journal.Group, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    /// <summary>
    /// A rollback of an update that never took the old group out of service must not wait for that to be better than it was:
    /// it serves, whatever the new one does.
    /// </summary>
    private async Task AwaitHealthyAsync(FleetRun run, FleetStep.AwaitHealthy step, CancellationToken stop)
    {
        if (run.Journal is { Action: FleetAction.Rollback, Switched: false })
        {
            var groups = await run.Health.TargetGroupsAsync(step.Name, stop).ConfigureAwait(false);
            var view = await run.Reader.LookAsync(step.Name, groups, stop).ConfigureAwait(false);
            if (view is not null && view.HealthyCount(groups) < view.Capacity.Desired && view.Instances.Length >= view.Capacity.Desired)
            {
                context.Say($"  {step.Name} has {view.HealthyCount(groups)} of {view.Capacity.Desired} healthy, and serves");
                return;
            }
        }

        var alarms = run.Journal.Action == FleetAction.Rollback ? [] : run.Journal.Alarms;
        await run.Health.UntilHealthyAsync(step.Name, alarms, stop).ConfigureAwait(false);
    }

    private async Task KeepWarmAsync(FleetRun run, FleetStep.KeepWarm step, CancellationToken stop)
    {
        if (!IsOver(run, step.Time))
        {
            context.Say($"  until then: autoscale:rollback {run.Journal.Group} puts it back");
        }

        await context.UntilAsync(() => Task.FromResult(IsOver(run, step.Time)), stop, _ => Pause()).ConfigureAwait(false);
        await run.Lock.HoldAsync(waiting: false, stop).ConfigureAwait(false);

        TimeSpan Pause()
        {
            var left = step.Time - ((context.Clock.Now ?? run.StepBegan) - run.StepBegan);
            var wait = left < context.Poll ? left : context.Poll;
            return wait > TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50);
        }
    }

    private bool IsOver(FleetRun run, TimeSpan time) => context.Clock.Now is not { } now || now - run.StepBegan >= time;
}
