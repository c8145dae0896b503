using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>The steps of a change, from its journal alone: what the run does, and what a dry run prints.</summary>
public static class FleetPlan
{
    /// <summary>All steps, from the first; of a release, those of this group.</summary>
    public static ImmutableArray<FleetStep> Steps(FleetJournal journal) => journal.Action switch
    {
        _ when journal.Release is not null => [.. ReleasePlan.Steps([journal]).Select(step => step.Inner)],
        FleetAction.Run => Run(journal),
        FleetAction.Update => Update(journal),
        FleetAction.Roll => Roll(journal),
        FleetAction.Rollback => Rollback(journal),
        FleetAction.Delete => Delete(journal),
        _ => throw new ArgumentOutOfRangeException(nameof(journal)),
    };

    /// <summary>The steps that are left: the one that the journal names, and what follows.</summary>
    public static ImmutableArray<FleetStep> Remaining(FleetJournal journal)
    {
        var steps = Steps(journal);
        var at = steps.Select((step, index) => (step, index)).FirstOrDefault(pair => pair.step.Key == journal.Step).index;
        return steps[at..];
    }

    /// <summary>
    /// The step that the journal names, counted from 1, and of how many; null where it names none, or where it is one of a release of which
    /// not all groups are known.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="known">What is known of groups: the journal of each that has one.</param>
    public static (int Number, int Of, FleetStep Step)? At(FleetJournal journal, IReadOnlyDictionary<GroupName, FleetJournal?> known)
    {
        ImmutableArray<ReleaseStep> steps;
        if (journal.Release is not { } release)
        {
            steps = [.. Steps(journal).Select(step => new ReleaseStep(journal.Group, step))];
        }
        else if (release.Groups.All(known.ContainsKey))
        {
            steps = ReleasePlan.Steps(
                [.. release.Groups.Select(group => known[group]).OfType<FleetJournal>().Where(each => each.Run == journal.Run)]);
        }
        else
        {
            return null;
        }

        return steps.ToList().FindIndex(step => step.Group == journal.Group && step.Key == journal.Step) is >= 0 and var at
            ? (at + 1, steps.Length, steps[at].Inner)
            : null;
    }

    /// <summary>Whether the change has come to this step, or past it.</summary>
    public static bool HasBegun(FleetJournal journal, string step)
    {
        var keys = Steps(journal).Select(each => each.Key).ToList();
        return keys.IndexOf(step) is >= 0 and var at && keys.IndexOf(journal.Step) >= at;
    }

    /// <summary>Whether the old group has been taken out of the catalogue of services; its target groups are seen on itself.</summary>
    public static bool IsWithdrawn(FleetJournal journal) =>
        !journal.Services.IsEmpty && journal.Release is null && HasBegun(journal, "warm");

    /// <summary>Whether anything leads to the group's nodes: a balancer, or the catalogue of services.</summary>
    internal static bool IsReached(FleetJournal journal) => !journal.TargetGroups.IsEmpty || !journal.Services.IsEmpty;

    /// <summary>Whether the change is a delete that cannot be taken back any more.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="desired">How many nodes the old group is to have now; null where it is gone.</param>
    public static bool IsEmptied(FleetJournal journal, int? desired) =>
        journal.Action == FleetAction.Delete && HasBegun(journal, "empty") && (journal.Step != "empty" || desired is not > 0);

    /// <summary>Whether people are served by the old fleet, and the new one is left where the change goes no further.</summary>
    public static bool IsOldServing(FleetJournal journal) =>
        journal.Action == FleetAction.Rollback
            || (journal.Action == FleetAction.Update && !HasBegun(journal, journal.Release is null ? "drained" : "launch"));

    /// <summary>The journal of the rollback of what <paramref name="journal"/> began.</summary>
    public static FleetJournal Back(FleetJournal journal, string owner)
    {
        var keys = Steps(journal).Select(step => step.Key).ToList();
        return journal with
        {
            Action = FleetAction.Rollback,
            Owner = owner,
            Step = FleetJournal.Opening,
            Switched = journal.Action == FleetAction.Delete
                || (journal.Action == FleetAction.Update && keys.IndexOf(journal.Step) >= keys.IndexOf("detach")),
        };
    }

    /// <summary>The journal of an update with another time for which both serve; null where that is over, or it never comes.</summary>
    public static FleetJournal? Soaking(FleetJournal journal, TimeSpan time)
    {
        var longer = journal with { Soak = time };
        var keys = Steps(longer).Select(step => step.Key).ToList();
        if (journal.Action != FleetAction.Update || keys.IndexOf(journal.Step) is not (>= 0 and var at) || at > keys.IndexOf("hold"))
        {
            return null;
        }

        // Held, the old one serves as before: both go back to serving side by side.
        return journal.Step == "hold" && time > TimeSpan.Zero ? longer with { Step = "soak" } : longer;
    }

    private static ImmutableArray<FleetStep> Run(FleetJournal journal) =>
    [
        new FleetStep.Open(journal.Group, $"run {journal.New}"),
        .. Faster(journal),
        new FleetStep.CreateTemplate(journal.New!, journal.Image),
        new FleetStep.CreateGroup(journal.New!, null, journal.Capacity),
        new FleetStep.Launch(journal.New!, journal.Capacity),
        new FleetStep.AwaitHealthy(journal.New!),
        new FleetStep.RestoreMinimum(journal.New!, journal.Capacity.Min),
        new FleetStep.Close(journal.Group),
    ];

    private static ImmutableArray<FleetStep> Update(FleetJournal journal)
    {
        var (old, fresh) = (journal.Old!, journal.New!);
        var steps = ImmutableArray.CreateBuilder<FleetStep>();
        steps.Add(new FleetStep.Open(journal.Group, $"update {old} to {fresh}"));
        steps.AddRange(Faster(journal));
        steps.Add(new FleetStep.CreateTemplate(fresh, journal.Image));
        if (journal.Canary is { } canary)
        {
            steps.AddRange(Canary(journal, canary, old, fresh));
        }
        else
        {
            steps.Add(new FleetStep.CreateGroup(fresh, old, journal.SizeOfNew));
            steps.Add(new FleetStep.Launch(fresh, journal.SizeOfNew));
            steps.Add(new FleetStep.AwaitHealthy(fresh));
            steps.Add(new FleetStep.CopyScaling(old, fresh));
        }

        if (journal.Soak > TimeSpan.Zero)
        {
            steps.Add(new FleetStep.Soak(fresh, journal.Soak));
        }

        // Held before its size is copied: what an autoscaler asks of the old group after that is asked of the new one too.
        steps.Add(new FleetStep.Hold(old));
        steps.Add(new FleetStep.MatchCapacity(fresh, old));
        steps.AddRange(Withdrawn(journal, old, fresh));
        steps.Add(new FleetStep.Detach(old));
        steps.Add(new FleetStep.AwaitDrained(old));
        if (HasWeights(journal))
        {
            // Its own target groups have the new one alone by now.
            steps.Add(new FleetStep.RestoreWeights());
            steps.Add(new FleetStep.Unmirror(fresh));
        }

        steps.Add(new FleetStep.RestoreMinimum(fresh, journal.SizeOfNew.Min));
        if (journal.MovesAlarms)
        {
            steps.Add(new FleetStep.MoveAlarms(old, fresh));
        }

        steps.Add(new FleetStep.KeepWarm(old, journal.KeepWarm, IsReached(journal)));
        steps.AddRange(Retired(old));
        steps.AddRange(Forgotten(journal));
        steps.AddRange(Slower(journal));
        steps.Add(new FleetStep.Close(journal.Group));
        return steps.ToImmutable();
    }

    /// <summary>The new group beside the old one, with a share of the requests that rises to all of them.</summary>
    private static IEnumerable<FleetStep> Canary(FleetJournal journal, FleetCanary canary, string old, string fresh)
    {
        var (wanted, steps) = (journal.Capacity, canary.Settings.Steps);
        if (canary.HasWeights)
        {
            yield return new FleetStep.Mirror(fresh, old);
        }

        yield return new FleetStep.CreateGroup(fresh, old, wanted);
        yield return new FleetStep.Pin(old);
        if (canary.HasWeights)
        {
            yield return new FleetStep.Launch(fresh, wanted);
            yield return new FleetStep.AwaitHealthy(fresh);
            yield return new FleetStep.CopyScaling(old, fresh);
        }

        for (var number = 1; number <= steps.Length; number++)
        {
            var step = steps[number - 1];
            var size = canary.HasWeights ? wanted.Desired : CanaryWeights.Instances(wanted.Desired, step.Percent);
            if (canary.HasWeights)
            {
                yield return new FleetStep.Lead(fresh, number, step.Percent);
            }
            else
            {
                var suffix = string.Create(CultureInfo.InvariantCulture, $"-{number}");
                yield return new FleetStep.Launch(fresh, wanted with { Desired = size }, suffix);
                yield return new FleetStep.AwaitHealthy(fresh, suffix);
            }

            if (step.Time == TimeSpan.Zero)
            {
                continue;
            }

            var watch = new FleetStep.Watch(fresh, number, step, size, canary.HasWeights, canary.Settings.Checks.Length);
            yield return watch;
            if (canary.Approves && number < steps.Length)
            {
                yield return new FleetStep.AwaitPromotion(journal.Group, number, watch);
            }
        }

        if (canary.HasWeights)
        {
            yield return new FleetStep.Attach(fresh);
            yield return new FleetStep.AwaitHealthy(fresh, "-attached");
        }
        else
        {
            yield return new FleetStep.CopyScaling(old, fresh);
        }
    }

    private static bool HasWeights(FleetJournal journal) => journal.Canary is { HasWeights: true };

    private static ImmutableArray<FleetStep> Roll(FleetJournal journal) =>
    [
        new FleetStep.Open(journal.Group, $"roll {journal.Old}"),
        .. Faster(journal),
        new FleetStep.AddTemplateVersion(journal.Old!, journal.Image),
        new FleetStep.StartRefresh(journal.Old!, journal.Image),
        new FleetStep.AwaitRefresh(journal.Old!),
        new FleetStep.Label(journal.Old!, journal.Image),
        .. Forgotten(journal),
        .. Slower(journal),
        new FleetStep.Close(journal.Group),
    ];

    private static ImmutableArray<FleetStep> Rollback(FleetJournal journal)
    {
        var steps = ImmutableArray.CreateBuilder<FleetStep>();
        steps.Add(new FleetStep.Open(journal.Group, journal.Old is null ? $"take back {journal.New}" : $"roll back to {journal.Old}"));
        // Without a new group it is a delete's where the old one was taken out, else a refresh's.
        if (journal is { New: null, Old: { } rolled, Switched: false })
        {
            steps.Add(new FleetStep.RollBackRefresh(rolled));
        }
        else if (journal.Old is { } old)
        {
            if (HasWeights(journal) && !journal.Switched)
            {
                // It serves: all requests go there at once. Targets that no rule leads to are not checked, and whom to keep shows by that.
                steps.Add(journal is { KeepsSick: true, New: { } judged }
                    ? new FleetStep.Lead(judged, 0, 0)
                    : new FleetStep.RestoreWeights());
            }

            steps.Add(new FleetStep.Revive(old, journal.New, journal.Capacity));
            steps.Add(new FleetStep.Attach(old));
            steps.Add(new FleetStep.AwaitHealthy(old));
            steps.AddRange(Announced(journal, old));
            steps.Add(new FleetStep.Release(old));
            if (HasWeights(journal) && journal.Switched)
            {
                steps.Add(new FleetStep.RestoreWeights());
            }

            if (journal is { MovesAlarms: true, New: { } moved })
            {
                steps.Add(new FleetStep.MoveAlarms(moved, old));
            }
        }

        if (journal.New is { } fresh)
        {
            if (journal.KeepsSick)
            {
                steps.Add(new FleetStep.KeepSick(fresh));
                if (HasWeights(journal) && !journal.Switched)
                {
                    steps.Add(new FleetStep.RestoreWeights());
                }
            }

            steps.AddRange(Withdrawn(journal, fresh));
            steps.Add(new FleetStep.Detach(fresh));
            steps.Add(new FleetStep.AwaitDrained(fresh));
            if (HasWeights(journal))
            {
                steps.Add(new FleetStep.Unmirror(fresh));
            }

            steps.AddRange(Retired(fresh));
        }

        steps.AddRange(Forgotten(journal));
        steps.AddRange(Slower(journal));
        steps.Add(new FleetStep.Close(journal.Group));
        return steps.ToImmutable();
    }

    private static ImmutableArray<FleetStep> Delete(FleetJournal journal)
    {
        var steps = ImmutableArray.CreateBuilder<FleetStep>();
        steps.Add(new FleetStep.Open(journal.Group, $"delete {journal.Old}"));
        steps.AddRange(Withdrawn(journal, journal.Old!));
        steps.Add(new FleetStep.Detach(journal.Old!));
        steps.Add(new FleetStep.AwaitDrained(journal.Old!));
        steps.AddRange(Retired(journal.Old!));
        steps.AddRange(Forgotten(journal));
        steps.AddRange(Slower(journal));
        steps.Add(new FleetStep.Close(journal.Group));
        return steps.ToImmutable();
    }

    internal static IEnumerable<FleetStep> Faster(FleetJournal journal) =>
        journal.FastRestore is not { } zones ? [] : [new FleetStep.RestoreFast(journal.Image, zones)];

    internal static IEnumerable<FleetStep> Slower(FleetJournal journal) =>
        journal.FastRestore is null ? [] : [new FleetStep.EndFastRestore(journal.Group)];

    /// <summary>Before its nodes leave their target groups: whoever finds them by the catalogue stops using them first.</summary>
    internal static IEnumerable<FleetStep> Withdrawn(FleetJournal journal, string name, string? instead = null) =>
        journal.Services.IsEmpty ? [] : [new FleetStep.Withdraw(name, instead)];

    internal static IEnumerable<FleetStep> Announced(FleetJournal journal, string name) =>
        journal.Services.IsEmpty ? [] : [new FleetStep.Announce(name)];

    internal static IEnumerable<FleetStep> Forgotten(FleetJournal journal) =>
        journal.Services.IsEmpty ? [] : [new FleetStep.RemoveEntries(journal.Group)];

    internal static IEnumerable<FleetStep> Retired(string name) =>
    [
        new FleetStep.ScaleToZero(name),
        new FleetStep.DeleteGroup(name),
        new FleetStep.DeleteTemplate(name),
    ];
}
