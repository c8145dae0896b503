using System.Collections.Immutable;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets.Steps;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>
/// Releases groups together under one notice, or takes that back: no request meets both versions, in one of the groups or across
/// them. Each step is named in its group's journal before it is done.
/// </summary>
/// <param name="targets">In the release's order.</param>
/// <param name="whileWarm">
/// False: come back when the new fleets serve, and leave the old ones to a later run, which does not wait for their time either.
/// </param>
/// <param name="image">Which image a group gets; asked for what is not under way yet.</param>
public sealed class ReleaseOperation(
    FleetContext context,
    ImmutableArray<FleetTarget> targets,
    string run,
    bool goesBack,
    bool breakLock,
    bool whileWarm,
    ReleaseOptions options,
    Func<FleetTarget, CancellationToken, Task<FleetImage>> image) : Operation<ReleaseStep>
{
    private readonly JournalStore _journals = new(context);
    private readonly Dictionary<GroupName, FleetLock> _locks = [];
    private readonly Dictionary<GroupName, FleetRun> _runs = [];
    private bool _isWritten;
    private bool _isBegun;
    private bool _isTakenBack;
    private bool _leaves;
    private bool _isKept;
    private bool _isLeft;

    public override string Subject => Names(", ");

    public override bool IsOver => _leaves;

    /// <summary>Whether an earlier run began it.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>Whether the old fleets are kept when it ends.</summary>
    public bool Leaves => !whileWarm && !_isLeft;

    /// <summary>As they are when the release has ended.</summary>
    public IReadOnlyList<FleetJournal> Journals { get; private set; } = [];

    private FleetRelease Release => Journals[0].Release!;

    private string Command => goesBack ? "autoscale:rollback" : "autoscale:update";

    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        try
        {
            foreach (var target in targets)
            {
                _locks[target.Group.Name] = await FleetLock.TakeAsync(
                    context,
                    target.Group.Name,
                    run,
                    Command,
                    interrupts: goesBack,
                    breakLock,
                    stop).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            foreach (var held in _locks.Values)
            {
                await held.FarewellAsync(stop).ConfigureAwait(false);
                await held.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }

        return new ReleaseHold([.. targets.Select(target => _locks[target.Group.Name])]);
    }

    public override async Task<IReadOnlyList<ReleaseStep>> PlanAsync(CancellationToken stop)
    {
        var found = new Dictionary<GroupName, (FleetJournal Journal, DateTimeOffset Written)>();
        foreach (var target in targets)
        {
            if (await _journals.ReadAsync(target.Group.Name, stop).ConfigureAwait(false) is { } there)
            {
                found[target.Group.Name] = there;
            }
        }

        Journals = goesBack
            ? await BackAsync([.. Ordered(found)], stop).ConfigureAwait(false)
            : await ForwardAsync([.. Ordered(found)], stop).ConfigureAwait(false);
        var steps = ReleasePlan.Remaining(Journals);
        var isContinued = found.TryGetValue(steps[0].Group, out var at)
            && at.Journal.Action == Journals[0].Action
            && at.Journal.Step == steps[0].Key;
        (IsContinued, _isKept) = (found.Count > 0, isContinued && steps[0].Inner is FleetStep.KeepWarm);
        _isLeft = _isKept && at.Journal.IsLeft;
        if (isContinued)
        {
            context.Say(
                $"Going on with what {at.Journal.Owner} began at {at.Journal.Since} ({steps[0].Group}, step {at.Journal.Step}):");
        }

        var isAsked = _locks.Count == 0 || (!goesBack && found.Count == 0); // as one group's change is
        foreach (var target in isAsked ? targets : [])
        {
            if (Journals.FirstOrDefault(each => each.Group == target.Group.Name) is { } journal)
            {
                var own = steps.Where(step => step.Group == target.Group.Name).Select(step => step.Inner);
                await Announcing.RequireAsync(target, journal, own, stop).ConfigureAwait(false);
            }
        }

        foreach (var target in targets.Where(each => _locks.ContainsKey(each.Group.Name)))
        {
            if (Journals.FirstOrDefault(each => each.Group == target.Group.Name) is { } journal)
            {
                var held = _locks[journal.Group];
                var mine = journal.Since.Length > 0 ? journal : journal with { Since = held.Since };
                _runs[journal.Group] = new FleetRun(context, target, mine, held)
                {
                    StepBegan = found.TryGetValue(journal.Group, out var its) ? its.Written : default,
                };
            }
        }

        (_isWritten, _isBegun) = (isContinued, found.Count > 0);
        return steps;
    }

    public override bool Waits(ReleaseStep step) => FleetSteps.Waits(step.Inner);

    public override TimeSpan? Expected(ReleaseStep step) => FleetSteps.Expected(step.Inner, staysWarm: whileWarm && !_isKept);

    public override async Task WriteAsync(ReleaseStep step, CancellationToken stop)
    {
        _isBegun = true;
        if (!_isWritten && step.Inner is not FleetStep.Close)
        {
            var its = _runs[step.Group];
            its.Journal = its.Journal with { Step = step.Key };
            Seen();
            await _journals.WriteAsync(its.Journal, stop).ConfigureAwait(false);
            its.StepBegan = context.Clock.Now ?? default;
        }

        _isWritten = false;
    }

    public override async Task DoAsync(ReleaseStep step, CancellationToken stop)
    {
        if (step.Inner is FleetStep.KeepWarm warm && !whileWarm)
        {
            if (_isLeft)
            {
                context.Say($"  {warm.Name} was left to this run");
                return;
            }

            _leaves = true;
            var its = _runs[step.Group];
            its.Journal = its.Journal with { IsLeft = true };
            await _journals.WriteAsync(its.Journal, stop).ConfigureAwait(false);
            context.Say($"  leaving {warm.Name} to the next autoscale:update {Names(" ")}");
            return;
        }

        if (step.Inner is FleetStep.Revive
            && step.Group == Journals[0].Group
            && Release is { IsMigrated: true, Undo: null, Before: { } before })
        {
            context.Say(
                $"WARNING: {before.Name} of {before.Group} has been run, and is not undone: Baker cannot do that without --undo TASK.");
        }

        await new FleetSteps(context).DoAsync(_runs[step.Group], step.Inner, stop).ConfigureAwait(false);
        _isBegun = step.Inner is not FleetStep.Close || step.Group != Journals[0].Group;
    }

    public override IReadOnlyList<ReleaseStep> TakeBack(Exception failure)
    {
        if (failure is not UnhealthyException sick || goesBack || _isTakenBack || _runs.Count == 0)
        {
            return [];
        }

        context.Say($"unhealthy: {sick.Message}");
        foreach (var journal in ReleasePlan.Back(Journals, context.Operator.Name))
        {
            _runs[journal.Group].Journal = journal;
        }

        Seen();
        (_isWritten, _isTakenBack) = (false, true);
        return ReleasePlan.Remaining(Journals);
    }

    /// <summary>Nothing that is under way is removed. Whether the notice is on is said above all.</summary>
    public override async Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure)
    {
        if (!_isBegun || Journals.Count == 0)
        {
            return [];
        }

        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(10), context.Time);
        var notice = "";
        try
        {
            notice = await new NoticeStore(context).ReadAsync(Journals[0].Group, bound.Token).ConfigureAwait(false) is null
                ? "" : "; THE NOTICE IS ON";
        }
        catch (Exception error) when (error is OperationCanceledException || CloudFailure.IsOutside(error))
        {
            notice = "; the notice may be on";
        }

        return
        [
            new Leftover(
                $"a release of {Names(", ")}, at step {ReleasePlan.Remaining(Journals)[0].Key}{notice}; the same command goes on with it",
                context.Suggested.Package($"autoscale:rollback {Names(" ")}")),
        ];
    }

    public override Exception Explain(Exception failure)
    {
        if (failure is not UnhealthyException sick)
        {
            return failure;
        }

        var olds = string.Join(", ", Journals.Select(journal => journal.Old));
        return new BakerException(
            ExitCode.TimedOut,
            sick.Message,
            !_isTakenBack ? $"Nothing more was changed; when that is mended, {Command} {Names(" ")} goes on."
                : $"It has been taken back; {olds} serve{(Journals.Count == 1 ? "s" : "")} as before."
                    + (Release is { IsMigrated: true, Undo: null, Before: { } before }
                        ? $" {before.Name} was begun, and is not undone."
                        : ""),
            sick);
    }

    private IEnumerable<(FleetJournal Journal, DateTimeOffset Written)> Ordered(
        Dictionary<GroupName, (FleetJournal Journal, DateTimeOffset Written)> found) =>
        targets.Where(target => found.ContainsKey(target.Group.Name)).Select(target => found[target.Group.Name]);

    private void Seen() => Journals = [.. Journals.Select(journal => _runs[journal.Group].Journal)];

    private string Names(string between) => string.Join(between, targets.Select(target => target.Group.Name.ToString()));

    private async Task<IReadOnlyList<FleetJournal>> ForwardAsync(
        IReadOnlyList<(FleetJournal Journal, DateTimeOffset Written)> found,
        CancellationToken stop)
    {
        var journals = found.Select(each => each.Journal);
        if (journals.FirstOrDefault(each => each.Release is null || each.Action == FleetAction.Rollback) is { } other)
        {
            throw other.Release is { } release ? JournalStore.Released(other, release) : new BakerException(
                ExitCode.CloudFailed,
                $"An autoscale:{other.Action.ToString().ToLowerInvariant()} of {other.Group} is under way, begun by {other.Owner} at "
                    + $"{other.Since} (step {other.Step}).",
                "Finish it, or take it back, before the group is released.");
        }

        if (found.Any(each => each.Journal.Step != FleetJournal.Opening))
        {
            return [.. found.Select(each => each.Journal)]; // of the others the journals are closed
        }

        var first = found.Count > 0 ? found[0].Journal.Release : null;
        var planned = new List<FleetJournal>();
        foreach (var target in targets)
        {
            planned.Add(found.FirstOrDefault(each => each.Journal.Group == target.Group.Name).Journal
                ?? await PlanAsync(target, found.Count > 0 ? found[0].Journal.Run : run, stop).ConfigureAwait(false));
        }

        var shared = first ?? await ReleaseAsync(planned, stop).ConfigureAwait(false);
        return [.. planned.Select((journal, index) => journal with { Release = index == 0 ? shared : shared.OfAnother() })];
    }

    private async Task<FleetJournal> PlanAsync(FleetTarget target, string id, CancellationToken stop)
    {
        var chosen = await image(target, stop).ConfigureAwait(false);
        var how = new UpdateOptions(IsRolling: false, TimeSpan.Zero, options.KeepWarm, options.Alarms);
        var change = await new FleetService(context).PlanUpdateAsync(target, id, chosen, how, stop).ConfigureAwait(false);
        return change.Journal with { Step = FleetJournal.Unwritten };
    }

    private async Task<FleetRelease> ReleaseAsync(List<FleetJournal> planned, CancellationToken stop)
    {
        foreach (var journal in planned)
        {
            if (await new NoticeStore(context).ReadAsync(journal.Group, stop).ConfigureAwait(false) is { } notice)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"A notice is on before {journal.Group} since {notice.Since}, by {notice.Owner}.",
                    $"Take it away first, for a release has its own: {context.Suggested.Package($"maintenance:off {journal.Group}")}");
            }
        }

        // Those that the new fleets get as well: where the manifest has changed, it is not the same.
        var targetGroups = planned.SelectMany(journal => journal.TargetGroups).ToList();
        foreach (var target in targets)
        {
            targetGroups.AddRange((await new FleetPlaces(context).TargetGroupsAsync(target.Settings.TargetGroups, stop)
                .ConfigureAwait(false)).Select(each => each.TargetGroupArn));
        }

        var release = new FleetRelease
        {
            Groups = [.. planned.Select(journal => journal.Group)],
            Answer = options.Answer,
            TargetGroups = [.. targetGroups.Distinct()],
            Before = options.Before,
            After = options.After,
            Undo = options.Undo,
        };

        // What cannot have a notice is refused before anything is changed.
        await new Noticing(context, planned[0].Group, run).FindAsync(release.Answer, release.TargetGroups, Names(", "), stop)
            .ConfigureAwait(false);
        return release;
    }

    private async Task<IReadOnlyList<FleetJournal>> BackAsync(
        IReadOnlyList<(FleetJournal Journal, DateTimeOffset Written)> found,
        CancellationToken stop)
    {
        ImmutableArray<FleetJournal> journals = [.. found.Select(each => each.Journal)];
        if (journals.IsEmpty || journals[0].Release is not { } release)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"No release of {Names(", ")} is under way, and its old fleets are gone.",
                $"Deploy the images that you want: {context.Suggested.Package("autoscale:update GROUP --image ID")}");
        }

        if (journals.Any(journal => journal.Action == FleetAction.Rollback))
        {
            // The first group's journal was turned before the others', and knows how far the release had come.
            var known = options.Undo is { } other ? release with { Undo = other } : release;
            return
            [
                .. journals.Select((journal, index) => journal.Action == FleetAction.Rollback
                    ? index == 0 ? journal with { Release = known } : journal
                    : journal with
                    {
                        Action = FleetAction.Rollback,
                        Owner = journals[0].Owner,
                        Step = FleetJournal.Unwritten,
                        Switched = journals[0].Switched,
                    }),
            ];
        }

        var reader = new FleetReader(context);
        var isClosing = journals.Length < release.Groups.Length && journals.Any(journal => journal.Step != FleetJournal.Opening);
        foreach (var journal in journals)
        {
            if (isClosing || await reader.FindAsync(journal.Old!, stop).ConfigureAwait(false) is null)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{(isClosing ? "What there was" : journal.Old)} is gone: there is nothing to go back to.",
                    $"Finish with autoscale:update {Names(" ")}; then deploy the images that you want with --image ID.");
            }
        }

        return ReleasePlan.Back(journals, context.Operator.Name, options.Undo);
    }
}
