using System.Collections.Immutable;
using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>What a release finds of earlier runs: old fleets that are kept go first, and then newer images are looked for.</summary>
internal sealed class LaterImages(Session session, FleetSession fleet, ChangeCommand change, ImageChoice image, bool isDryRun)
{
    /// <summary>Retires the old groups that updates of single groups have kept; the journals of those.</summary>
    public async Task<IReadOnlyList<FleetJournal>> RetireAsync(
        ImmutableArray<FleetTarget> targets,
        string? wait,
        bool breakLock,
        bool whileWarm)
    {
        var retired = new List<FleetJournal>();
        foreach (var target in targets)
        {
            var context = fleet.Context(target.Group, wait);
            if (await new JournalStore(context).ReadAsync(target.Group.Name, session.Stop).ConfigureAwait(false)
                is not ({ Action: FleetAction.Update, Release: null } journal, _)
                || FleetPlan.Remaining(journal) is not [FleetStep.KeepWarm, ..])
            {
                continue;
            }

            await change.ApplyAsync(new FleetOperation(
                context,
                target,
                fleet.Run,
                FleetAction.Update,
                breakLock,
                whileWarm,
                async stop => await new FleetService(context).FindPendingUpdateAsync(target.Group.Name, stop).ConfigureAwait(false)
                    ?? new FleetChange(journal, null) { IsCurrent = true })).ConfigureAwait(false);
            retired.Add(journal);
        }

        return retired;
    }

    /// <summary>Whether another release follows on what has been finished; what does not is said.</summary>
    /// <param name="finished">What serves now.</param>
    /// <param name="next">Whom the command would release; none where it would not.</param>
    /// <param name="isAsked">Whether one of those is to be released whatever its image is.</param>
    public async Task<bool> GoesOnAsync(
        FleetContext context,
        IReadOnlyList<FleetJournal> finished,
        ImmutableArray<FleetTarget> next,
        bool isAsked = false)
    {
        if (isDryRun)
        {
            if (!next.IsEmpty)
            {
                change.Say("Then it goes on to the images that the groups should have, if those are others.");
            }

            return false;
        }

        var newer = new List<string>();
        foreach (var journal in finished)
        {
            try
            {
                var chosen = await fleet.ImageAsync(context, fleet.Target(journal.Group).Group, image).ConfigureAwait(false);
                if (chosen.Id != journal.Image)
                {
                    newer.Add($"{journal.Group} has {journal.Image}, and there is {chosen.Id}");
                }
            }
            catch (BakerException error) when (error.Code == ExitCode.BadInput)
            {
                change.Say($"{journal.Group}: no other image: {error.Message}");
            }
        }

        if (next.IsEmpty && newer.Count > 0)
        {
            var names = string.Join(' ', finished.Select(journal => journal.Group.ToString()));
            change.Say($"{string.Join("; ", newer)}: {context.Suggested.Package($"autoscale:update {names} --strategy replace")} "
                + "releases that, under a notice of its own.");
        }

        return !next.IsEmpty && (newer.Count > 0 || isAsked);
    }
}
