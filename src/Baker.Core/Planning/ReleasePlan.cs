using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>
/// The steps of a release of groups together, from their journals alone. They are done one after the other, each named in its
/// group's journal: the last that any of the journals names is where the release is.
/// </summary>
public static class ReleasePlan
{
    /// <param name="journals">In the release's order, from its first group on; one that is not there has no step left.</param>
    public static ImmutableArray<ReleaseStep> Steps(IReadOnlyList<FleetJournal> journals)
    {
        var steps = ImmutableArray.CreateBuilder<ReleaseStep>();
        if (journals[0].Action == FleetAction.Rollback)
        {
            Back(steps, journals);
        }
        else
        {
            Forward(steps, journals);
        }

        return steps.ToImmutable();
    }

    /// <summary>The steps that are left, from the one that was begun last.</summary>
    public static ImmutableArray<ReleaseStep> Remaining(IReadOnlyList<FleetJournal> journals)
    {
        var steps = Steps(journals);
        return steps[Reached(steps, journals)..];
    }

    /// <summary>The journals of the rollback of what these began.</summary>
    /// <param name="undo">Instead of the task that the release was given for it; null for none.</param>
    public static ImmutableArray<FleetJournal> Back(IReadOnlyList<FleetJournal> journals, string owner, ReleaseTask? undo = null)
    {
        var steps = Steps(journals);
        var reached = Reached(steps, journals);
        bool Has<TStep>(string key)
            where TStep : FleetStep =>
            steps.Take(reached + 1).Any(step => step.Inner is TStep && step.Key == key);
        return
        [
            .. journals.Select((journal, index) => journal with
            {
                Action = FleetAction.Rollback,
                Owner = owner,
                Step = FleetJournal.Unwritten,
                Switched = Has<FleetStep.ShowNotice>("notice"),
                Release = index > 0 ? journal.Release : journal.Release! with
                {
                    IsMigrated = Has<FleetStep.RunTask>("before"),
                    Undo = undo ?? journal.Release!.Undo,
                },
            }),
        ];
    }

    private static int Reached(ImmutableArray<ReleaseStep> steps, IReadOnlyList<FleetJournal> journals)
    {
        var at = journals.ToDictionary(journal => journal.Group, journal => journal.Step);
        return Math.Max(0, steps.Select((step, index) => at[step.Group] == step.Key ? index : 0).Max());
    }

    private static void Forward(ImmutableArray<ReleaseStep>.Builder steps, IReadOnlyList<FleetJournal> journals)
    {
        var (first, release) = (journals[0], journals[0].Release!);
        foreach (var journal in journals)
        {
            Add(journal, new FleetStep.Open(journal.Group, $"replace {journal.Old} by {journal.New}"));
        }

        // Groups are made while the listeners still say where they lead.
        foreach (var journal in journals)
        {
            Add(journal, [.. FleetPlan.Faster(journal)]);
            Add(journal, new FleetStep.CreateTemplate(journal.New!, journal.Image));
            Add(journal, new FleetStep.CreateGroup(journal.New!, journal.Old, journal.Capacity));
        }

        Add(first, new FleetStep.ShowNotice(Names(release)));
        foreach (var journal in journals.Reverse())
        {
            Add(journal, new FleetStep.Hold(journal.Old!));
            Add(journal, [.. FleetPlan.Withdrawn(journal, journal.Old!)]);
            Add(journal, journal.TargetGroups.IsEmpty
                ? [new FleetStep.ScaleToZero(journal.Old!, IsKept: true)]
                : [new FleetStep.Detach(journal.Old!), new FleetStep.AwaitDrained(journal.Old!)]);
        }

        if (release.Before is { } before && Of(before) is { } migrated)
        {
            Add(migrated, new FleetStep.LaunchFirst(migrated.New!));
            Add(migrated, new FleetStep.RunTask("before", before.Name, migrated.New!));
        }

        foreach (var journal in journals)
        {
            Add(
                journal,
                new FleetStep.Launch(journal.New!, journal.Capacity),
                new FleetStep.AwaitHealthy(journal.New!),
                new FleetStep.CopyScaling(journal.Old!, journal.New!),
                new FleetStep.MatchCapacity(journal.New!, journal.Old!),
                new FleetStep.RestoreMinimum(journal.New!, journal.Capacity.Min));
        }

        if (release.After is { } after && Of(after) is { } last)
        {
            Add(last, new FleetStep.RunTask("after", after.Name, last.New!));
        }

        Add(first, new FleetStep.HideNotice());
        Add(first, new FleetStep.KeepWarm(
            string.Join(", ", journals.Select(journal => journal.Old)),
            journals.Max(journal => journal.KeepWarm),
            journals.Any(FleetPlan.IsReached)));
        foreach (var journal in journals)
        {
            Add(journal, [.. FleetPlan.Retired(journal.Old!), .. FleetPlan.Forgotten(journal), .. FleetPlan.Slower(journal)]);
        }

        Close(steps, journals);

        FleetJournal? Of(ReleaseTask task) => journals.FirstOrDefault(journal => journal.Group == task.Group);

        void Add(FleetJournal journal, params ReadOnlySpan<FleetStep> own)
        {
            foreach (var step in own)
            {
                steps.Add(new ReleaseStep(journal.Group, step));
            }
        }
    }

    private static void Back(ImmutableArray<ReleaseStep>.Builder steps, IReadOnlyList<FleetJournal> journals)
    {
        var (first, release) = (journals[0], journals[0].Release!);
        foreach (var journal in journals)
        {
            Add(journal, new FleetStep.Open(journal.Group, $"roll back to {journal.Old}"));
        }

        if (first.Switched)
        {
            Add(first, new FleetStep.ShowNotice(Names(release)));
            foreach (var journal in journals.Reverse())
            {
                Add(journal, [.. FleetPlan.Withdrawn(journal, journal.New!)]);
                Add(journal, new FleetStep.Detach(journal.New!), new FleetStep.AwaitDrained(journal.New!));
            }

            if (release is { IsMigrated: true, Undo: { } undo } && journals.FirstOrDefault(each => each.Group == undo.Group) is { } undone)
            {
                Add(undone, new FleetStep.LaunchFirst(undone.New!), new FleetStep.RunTask("undo", undo.Name, undone.New!));
            }

            // Without a balancer nothing but its end keeps it from working beside the old one.
            foreach (var journal in journals.Where(each => each.TargetGroups.IsEmpty))
            {
                Add(journal, new FleetStep.ScaleToZero(journal.New!, IsKept: true));
            }

            foreach (var journal in journals)
            {
                Add(
                    journal,
                    new FleetStep.Revive(journal.Old!, journal.New, journal.Capacity),
                    new FleetStep.Attach(journal.Old!),
                    new FleetStep.AwaitHealthy(journal.Old!));
                Add(journal, [.. FleetPlan.Announced(journal, journal.Old!)]);
                Add(journal, new FleetStep.Release(journal.Old!));
            }

            Add(first, new FleetStep.HideNotice());
        }

        foreach (var journal in journals)
        {
            Add(journal, [.. FleetPlan.Retired(journal.New!), .. FleetPlan.Forgotten(journal), .. FleetPlan.Slower(journal)]);
        }

        Close(steps, journals);

        void Add(FleetJournal journal, params ReadOnlySpan<FleetStep> own)
        {
            foreach (var step in own)
            {
                steps.Add(new ReleaseStep(journal.Group, step));
            }
        }
    }

    /// <summary>The first group's journal goes last.</summary>
    private static void Close(ImmutableArray<ReleaseStep>.Builder steps, IReadOnlyList<FleetJournal> journals) =>
        steps.AddRange(journals.Reverse().Select(journal => new ReleaseStep(journal.Group, new FleetStep.Close(journal.Group))));

    private static string Names(FleetRelease release) => string.Join(", ", release.Groups.Select(group => group.ToString()));
}
