using Baker.Cloud.Fleets.Steps;
using Baker.Cloud.Instances;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Does the steps of a fleet's change, be it changed alone or released with others.</summary>
internal sealed class FleetSteps(FleetContext context)
{
    public static bool Waits(FleetStep step) => step is FleetStep.Soak or FleetStep.KeepWarm or FleetStep.Watch or FleetStep.AwaitPromotion;

    /// <summary>How long a step takes that takes as long as it is told to.</summary>
    /// <param name="staysWarm">Whether the command stays while the old fleet is kept.</param>
    public static TimeSpan? Expected(FleetStep step, bool staysWarm) => step switch
    {
        FleetStep.Soak soak => soak.Time,
        FleetStep.KeepWarm warm when staysWarm => warm.Time,
        FleetStep.Watch watch => watch.Step.Time,
        _ => null,
    };

    public async Task DoAsync(FleetRun run, FleetStep step, CancellationToken stop)
    {
        await OneAsync(run, step, stop).ConfigureAwait(false);
        if (step is FleetStep.Launch launched)
        {
            await Tasking.JudgeAsync(run, launched.Name, stop).ConfigureAwait(false);
        }

        if (step is FleetStep.AwaitHealthy or FleetStep.MatchCapacity or FleetStep.AwaitRefresh)
        {
            await NodeNaming.CompleteAsync(context, run.Journal.Group, stop).ConfigureAwait(false);
        }
    }

    private Task OneAsync(FleetRun run, FleetStep step, CancellationToken stop) => step switch
    {
        FleetStep.Open => Task.CompletedTask, // the lock is held and the journal is written: that is all of it
        FleetStep.RestoreFast fast => Speeding.EnableAsync(run, fast, stop),
        FleetStep.EndFastRestore => Speeding.EndAsync(run, stop),
        FleetStep.CreateTemplate create =>
            new LaunchTemplates(context).CreateAsync(run.Target, create.Name, create.Image, run.Journal.Run, stop),
        FleetStep.AddTemplateVersion add => Refreshing.AddVersionAsync(run, add, stop),
        FleetStep.CreateGroup create => GroupFactory.CreateAsync(run, create, stop),
        FleetStep.Launch launch => GroupFactory.LaunchAsync(run, launch, stop),
        FleetStep.AwaitHealthy wait => AwaitHealthyAsync(run, wait, stop),
        FleetStep.MatchCapacity match => GroupFactory.MatchAsync(run, match, stop),
        FleetStep.CopyScaling copy => FleetCopy.ScalingAsync(run, copy.From, copy.To, stop),
        FleetStep.KeepSick keep => Keeping.DoAsync(run, keep, stop),
        FleetStep.MoveAlarms move => OwnAlarms.MoveAsync(run, move.From, move.To, stop),
        FleetStep.Soak soak => run.Health.StayHealthyAsync(
            soak.Name,
            run.Journal.SizeOfNew.Desired,
            run.Journal.Alarms,
            () => Task.FromResult(run.HasPassed(soak.Time, "both serve")),
            stop),
        FleetStep.Mirror mirror => Weighing.MirrorAsync(run, mirror, stop),
        FleetStep.Pin pin => GroupFactory.PinAsync(run, pin, stop),
        FleetStep.Lead lead => Weighing.LeadAsync(run, lead.Percent, stop),
        FleetStep.Watch watch => Judging.WatchAsync(run, watch, stop),
        FleetStep.AwaitPromotion wait => Judging.AwaitAsync(run, wait, stop),
        FleetStep.RestoreWeights => Weighing.RestoreAsync(run, stop),
        FleetStep.Unmirror leave => Weighing.UnmirrorAsync(run, leave, stop),
        FleetStep.Hold hold => Traffic.HoldAsync(run, hold, stop),
        FleetStep.Withdraw withdraw => Announcing.WithdrawAsync(run, withdraw, stop),
        FleetStep.Announce announce => Announcing.AnnounceAsync(run, announce.Name, stop),
        FleetStep.RemoveEntries => Announcing.RemoveGoneAsync(run, stop),
        FleetStep.Detach detach => Traffic.DetachAsync(run, detach, stop),
        FleetStep.AwaitDrained drained => Traffic.AwaitDrainedAsync(run, drained, stop),
        FleetStep.RestoreMinimum restore => GroupFactory.RestoreMinimumAsync(run, restore, stop),
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
        FleetStep.ShowNotice => Noticing.ShowAsync(run, stop),
        FleetStep.HideNotice => Noticing.HideAsync(run, stop),
        FleetStep.LaunchFirst first => Tasking.LaunchAsync(run, first, stop),
        FleetStep.RunTask task => Tasking.RunAsync(run, task, stop),
        FleetStep.Close => CloseAsync(run, stop),
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
        if (!HasPassed())
        {
            context.Say($"  until then: autoscale:rollback {run.Journal.Group} puts it back");
        }

        await context.UntilAsync(() => Task.FromResult(HasPassed()), stop, _ => Pause()).ConfigureAwait(false);
        await run.Lock.HoldAsync(waiting: false, stop).ConfigureAwait(false);

        bool HasPassed() => run.HasPassed(step.Time, "the old fleet is kept");

        TimeSpan Pause()
        {
            var left = step.Time - ((context.Clock.Now ?? run.StepBegan) - run.StepBegan);
            var wait = left < context.Poll ? left : context.Poll;
            return wait > TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50);
        }
    }

    private async Task CloseAsync(FleetRun run, CancellationToken stop)
    {
        if (run.Journal.Canary is not null)
        {
            await new CanaryWords(context).RemoveAsync(run.Journal.Group, stop).ConfigureAwait(false);
        }

        await run.Journals.DeleteAsync(run.Journal.Group, stop).ConfigureAwait(false);
    }
}
