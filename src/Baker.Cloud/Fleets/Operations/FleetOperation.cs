using Baker.Cloud.Changes;
using Baker.Cloud.Fleets.Steps;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>A change of a fleet, under its group's lock, with the journal always naming the step that is being done.</summary>
/// <param name="whileWarm">
/// False: come back when the old group is out of service, and leave it to a later run, which does not wait for its time either.
/// </param>
/// <param name="plan">Makes the change; called with the lock held, so that what it saw stays true.</param>
public sealed class FleetOperation(
    FleetContext context,
    FleetTarget target,
    string run,
    FleetAction action,
    bool breakLock,
    bool whileWarm,
    Func<CancellationToken, Task<FleetChange>> plan) : Operation<FleetStep>
{
    private FleetLock? _held;
    private FleetRun? _run;
    private FleetJournal? _planned;
    private bool _isWritten;
    private bool _isBegun;
    private bool _isTakenBack;
    private bool _leaves;
    private bool _isKept;
    private bool _isLeft;

    public override string Subject => target.Group.Name;

    public override bool IsOver => _leaves;

    /// <summary>Whether there was nothing to do, since the fleet is what it would be made to.</summary>
    public bool IsCurrent { get; private set; }

    /// <summary>Whether the old group is kept when it ends.</summary>
    public bool Leaves => !whileWarm && !_isLeft;

    /// <summary>Whether it was begun by an earlier run.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>As it is when the change has ended; of a dry run, as it would begin.</summary>
    public FleetJournal Journal => _run is null && _planned is { } planned ? planned : Run.Journal;

    /// <summary>Which share of the requests a canary has now; null where it is at none of its steps.</summary>
    public string? Share => _run?.Journal is { } journal && CanaryWord.NumberOf(journal) is { } number
        ? FormattableString.Invariant($"{journal.Canary!.Settings.Steps[number - 1].Percent}% of the requests go to {journal.New}")
        : null;

    private FleetRun Run => _run ?? throw new InvalidOperationException("The change has not been planned under its lock.");

    public override async Task<IHold> TakeAsync(CancellationToken stop) =>
        _held = await FleetLock.TakeAsync(
            context,
            target.Group.Name,
            run,
            Command(action),
            action == FleetAction.Rollback,
            breakLock,
            stop).ConfigureAwait(false);

    public override async Task<IReadOnlyList<FleetStep>> PlanAsync(CancellationToken stop)
    {
        var change = await plan(stop).ConfigureAwait(false);
        (IsCurrent, IsContinued, _planned) = (change.IsCurrent, change.IsContinued, change.Journal);
        _isKept = change.IsContinued && !change.IsAltered && change.Steps is [FleetStep.KeepWarm, ..];
        _isLeft = _isKept && change.Journal.IsLeft;
        if (change.IsContinued)
        {
            context.Say(
                $"Going on with what {change.Journal.Owner} began at {change.Journal.Since} (image "
                    + $"{change.Journal.Image}, step {change.Journal.Step}):");
        }

        if (change is
            {
                IsCurrent: false,
                Journal: { Action: FleetAction.Update or FleetAction.Delete, Old: { } old, MovesAlarms: false },
            }
            && await OwnAlarms.OfAsync(context, old, stop).ConfigureAwait(false) is { Count: > 0 } alarms)
        {
            var moves = change.Journal.Action == FleetAction.Update && !change.IsContinued;
            context.Say($"WARNING {old} goes, and alarms that Baker did not make point at it: {string.Join(", ", alarms)}"
                + (moves ? " (--move-alarms points them at the new group)" : ""));
        }

        // What goes back, or on, is done as far as it can be: a catalogue that is down stops it at its step.
        if (_held is null || change is { IsContinued: false, Journal.Action: FleetAction.Update or FleetAction.Delete })
        {
            await Announcing.RequireAsync(target, change.Journal, change.Steps, stop).ConfigureAwait(false);
        }

        if (_held is not null)
        {
            var journal = change.Journal.Since.Length > 0 ? change.Journal : change.Journal with { Since = _held.Since };
            _run = new FleetRun(context, target, journal, _held)
            {
                StepBegan = change.Written ?? default,
                WentOn = change.IsContinued ? context.Clock.Now : null,
            };
            (_isWritten, _isBegun) = (change.IsContinued && !change.IsAltered, change.IsContinued);
        }

        return change.Steps;
    }

    public override bool Waits(FleetStep step) => FleetSteps.Waits(step);

    public override TimeSpan? Expected(FleetStep step) => FleetSteps.Expected(step, staysWarm: whileWarm && !_isKept);

    public override async Task WriteAsync(FleetStep step, CancellationToken stop)
    {
        _isBegun = true;
        if (!_isWritten && step is not FleetStep.Close)
        {
            Run.Journal = Run.Journal with { Step = step.Key };
            await Run.Journals.WriteAsync(Run.Journal, stop).ConfigureAwait(false);
            (Run.StepBegan, Run.WentOn) = (context.Clock.Now ?? default, null);
        }

        _isWritten = false;
    }

    public override IReadOnlyList<FleetStep> TakeBack(Exception failure)
    {
        if (failure is not UnhealthyException sick
            || _run is not { Journal.Action: FleetAction.Run or FleetAction.Update or FleetAction.Roll })
        {
            return [];
        }

        context.Say($"unhealthy: {sick.Message}");
        _run.Journal = FleetPlan.Back(_run.Journal, context.Operator.Name);
        (_isWritten, _isTakenBack) = (false, true);
        return FleetPlan.Remaining(_run.Journal);
    }

    /// <summary>
    /// Nothing that is under way is removed: it may serve. What there is of it is named, and the command that takes it back.
    /// </summary>
    public override Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure)
    {
        IReadOnlyList<Leftover> left = [];
        if (_isBegun && failure is not OperationCanceledException)
        {
            var journal = Journal;
            var made = string.Join(" beside ", new[] { journal.New, journal.Old }.OfType<string>());
            var command = journal.Action is FleetAction.Delete && FleetPlan.HasBegun(journal, "empty")
                ? "autoscale:delete"
                : "autoscale:rollback";
            left =
            [
                new Leftover(
                    $"what {Command(journal.Action)} began, at step {journal.Step}: {made}, "
                        + $"{FleetNames.Journal(context.Scope, journal.Group)}; "
                        + (Share is { } share ? $"{share}, AND NOBODY JUDGES IT; " : "")
                        + "the same command goes on with it",
                    context.Suggested.Package($"{command} {journal.Group}")),
            ];
        }

        return Task.FromResult(left);
    }

    public override Exception Explain(Exception failure) => failure is not UnhealthyException sick ? failure : new BakerException(
        ExitCode.TimedOut,
        sick.Message,
        !_isTakenBack ? $"Nothing more was changed; when that is mended, {Command(Journal.Action)} {Journal.Group} goes on."
            : Journal.Old is null ? "What was begun has been taken back." : $"It has been taken back; {Journal.Old} serves as before.",
        sick);

    public override async Task DoAsync(FleetStep step, CancellationToken stop)
    {
        if (step is FleetStep.KeepWarm warm && !whileWarm)
        {
            if (_isLeft)
            {
                context.Say($"  {warm.Name} was left to this run");
                return;
            }

            _leaves = true;
            Run.Journal = Run.Journal with { IsLeft = true };
            await Run.Journals.WriteAsync(Run.Journal, stop).ConfigureAwait(false);
            context.Say($"  leaving {warm.Name} to the next autoscale:update {Journal.Group}");
            return;
        }

        await new FleetSteps(context).DoAsync(Run, step, stop).ConfigureAwait(false);
        _isBegun = step is not FleetStep.Close;
    }

    private static string Command(FleetAction action) => action switch
    {
        FleetAction.Roll => "autoscale:update",
        _ => $"autoscale:{action.ToString().ToLowerInvariant()}",
    };
}
