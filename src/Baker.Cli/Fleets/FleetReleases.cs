using System.Collections.Immutable;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Fleets;

/// <summary>Releases of groups together, under one notice, as commands ask for them.</summary>
internal sealed class FleetReleases(Session session, FleetSession fleet)
{
    /// <summary>The groups of the release of one of these that is under way, in its order; null where none is.</summary>
    /// <exception cref="BakerException">Some of them are not part of it.</exception>
    public async Task<IReadOnlyList<string>?> FindAsync(IReadOnlyList<string> names)
    {
        foreach (var group in fleet.Project.Groups(names))
        {
            if (await new JournalStore(fleet.Context(group)).ReadAsync(group.Name, session.Stop).ConfigureAwait(false)
                is var (journal, _) && journal.Release is { } release)
            {
                var together = release.Groups.Select(each => each.ToString()).ToList();
                return names.Except(together).FirstOrDefault() is not { } alien ? together : throw new BakerException(
                    ExitCode.BadInput,
                    $"{group.Name} is being released, and {alien} is no part of that.",
                    $"Finish it first: autoscale:update {string.Join(' ', together)}, or autoscale:rollback {string.Join(' ', together)}.");
            }
        }

        return null;
    }

    /// <summary>The groups in the order in which they are released.</summary>
    public IReadOnlyList<string> Ordered(IReadOnlyList<string> names) =>
        [.. ReleaseOrder.Of([.. fleet.Project.Groups(names)], [.. fleet.Project.Groups([])]).Select(group => group.Name.ToString())];

    /// <summary>A task that an option names, on the first of the groups that has it.</summary>
    public ReleaseTask? TaskOf(string option, string? task, IReadOnlyList<string> names)
    {
        if (task is null)
        {
            return null;
        }

        var groups = fleet.Project.Groups(names);
        var has = groups.FirstOrDefault(group => group.Tasks.Any(known => known.Key == task)) ?? throw new BakerException(
            ExitCode.BadInput,
            $"{option} {task}: {string.Join(" and ", names)} {(names.Count == 1 ? "has" : "have")} no such task.",
            $"Give it to one of them, \"tasks\": {{\"{task}\": \"scripts/{task}.sh\"}}; "
                + $"{string.Join(", ", groups.Select(NodeTasks.Has))}.");
        NodeTasks.PayloadOf(fleet, has, task, []); // a script that is not there is said before the first change
        return new ReleaseTask(has.Name, task);
    }

    /// <param name="names">In their order.</param>
    /// <param name="next">
    /// Those that get the newer images once what an earlier run began is over, in their order; none where that is left to a command of
    /// its own.
    /// </param>
    public async Task<ExitCode> ApplyAsync(
        FleetChanges changes,
        IReadOnlyList<string> names,
        bool goesBack,
        ReleaseOptions options,
        ImageChoice image,
        string? wait,
        bool whileWarm,
        IReadOnlyList<string>? next = null)
    {
        var verb = goesBack ? "rollback" : "update";
        var targets = names.Select(fleet.Target).ToImmutableArray();
        var groups = targets.Select(target => target.Group).ToList();
        using var change = fleet.Change(
            $"{names[0]}.autoscale-{verb}",
            changes.DryRun.HasValue(),
            changes.Json.HasValue(),
            fleet.Gate(groups, changes.Override));
        fleet.Output = change.Output;
        if (!goesBack)
        {
            change.Ways += $", autoscale:rollback {string.Join(' ', names)} takes it back";
        }

        if (groups.Select(group => group.Region).Distinct().Count() > 1)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"One notice is in one Region: {string.Join(", ", groups.Select(group => $"{group.Name} is in {group.Region}"))}.",
                "Release them one Region after the other.");
        }

        var context = fleet.Context(groups[0], wait);
        var operation = Operation(targets);
        var later = new LaterImages(session, fleet, change, image, changes.DryRun.HasValue());
        try
        {
            if (!goesBack)
            {
                var preflight = new ServicePreflight(fleet, change, session.Stop);
                foreach (var group in groups)
                {
                    await preflight.BeginsAsync(group).ConfigureAwait(false);
                    await preflight.ChangesAsync(group).ConfigureAwait(false);
                }

                if (fleet.Endpoints(groups) is { } endpoints)
                {
                    await change.ApplyAsync(endpoints).ConfigureAwait(false);
                }
            }

            var retired = goesBack
                ? []
                : await later.RetireAsync(targets, wait, changes.BreakLock.HasValue(), whileWarm).ConfigureAwait(false);
            if (retired.Count > 0
                && !await later.GoesOnAsync(context, retired, targets, retired.Count < targets.Length).ConfigureAwait(false))
            {
                return changes.DryRun.HasValue()
                    ? change.End(ExitCode.Done, "")
                    : change.End(ExitCode.Done, Words(retired, goesBack, whileWarm: true), Described(retired, goesBack));
            }

            await change.ApplyAsync(operation).ConfigureAwait(false);
            if (!goesBack && operation is { IsContinued: true, IsOver: false })
            {
                ImmutableArray<FleetTarget> following = [.. (next ?? []).Select(fleet.Target)];
                if (await later.GoesOnAsync(context, operation.Journals, following).ConfigureAwait(false))
                {
                    await change.ApplyAsync(operation = Operation(following)).ConfigureAwait(false);
                }
            }

            foreach (var group in goesBack || operation.Leaves ? [] : groups)
            {
                await FleetChanges.ScaleAsync(fleet, change, group, wait).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            change.Stopped("Stopped. The same command goes on from here"
                + (goesBack ? "." : $"; autoscale:rollback {string.Join(' ', names)} takes it back."));
            throw;
        }

        return changes.DryRun.HasValue()
            ? change.End(ExitCode.Done, "")
            : change.End(ExitCode.Done, Words(operation.Journals, goesBack, !operation.Leaves), Described(operation.Journals, goesBack));

        ReleaseOperation Operation(ImmutableArray<FleetTarget> released) => new(
            context,
            released,
            fleet.Run,
            goesBack,
            changes.BreakLock.HasValue(),
            whileWarm,
            options,
            (target, _) => fleet.ImageAsync(context, target.Group, image));
    }

    private static string Words(IReadOnlyList<FleetJournal> journals, bool goesBack, bool whileWarm) => string.Join(
        '\n',
        journals.Select(journal => goesBack ? $"{journal.Group}: {journal.Old} serves again"
            : $"{journal.Group}: {journal.New} serves {journal.Image}" + (whileWarm ? "" : $"; {journal.Old} is kept until the next "
                + $"autoscale:update or autoscale:rollback {string.Join(' ', journals.Select(each => each.Group.ToString()))}")));

    private static JObject Described(IReadOnlyList<FleetJournal> journals, bool goesBack) => new()
    {
        ["groups"] = new JArray(journals.Select(journal => new JObject
        {
            ["group"] = journal.Group.ToString(),
            ["serves"] = goesBack ? journal.Old : journal.New,
            ["image"] = goesBack ? null : journal.Image,
        })),
    };
}
