using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Fleets;

/// <summary>The options that the commands which change a fleet have in common, and how such a change is applied.</summary>
internal sealed record FleetChanges(CommandOption DryRun, CommandOption Json, CommandOption BreakLock, CommandOption Override)
{
    public static FleetChanges On(CommandLineApplication command) => new(
        FleetOptions.DryRun(command),
        FleetOptions.Json(command),
        FleetOptions.BreakLock(command),
        FleetOptions.Override(command));

    /// <param name="plan">Makes the change from what is seen.</param>
    /// <param name="whileWarm">Whether to stay until the old group's time is up.</param>
    public async Task<ExitCode> ApplyAsync(
        Session session,
        FleetSession fleet,
        FleetTarget target,
        FleetAction action,
        string? wait,
        Func<FleetContext, FleetService, CancellationToken, Task<FleetChange>> plan,
        bool whileWarm = true)
    {
        var verb = action.ToString().ToLowerInvariant();
        using var change = fleet.Change(
            $"{target.Group.Name}.autoscale-{verb}",
            DryRun.HasValue(),
            Json.HasValue(),
            fleet.Gate([target.Group], Override));
        var back = $"autoscale:rollback {target.Group.Name} takes it back";
        var way = action switch
        {
            FleetAction.Run or FleetAction.Update => back,
            FleetAction.Delete => $"until it is emptied, {back}",
            _ => null,
        };
        change.Ways = "the same command goes on from there" + (way is null ? "" : $", {way}");
        var context = fleet.Context(target.Group, wait);
        var service = new FleetService(context);
        var operation = Operation(planning => planning);
        await new NoticeStore(context).WarnAsync(target.Group.Name, session.Stop).ConfigureAwait(false);
        var preflight = new ServicePreflight(fleet, change, session.Stop);
        if (action is FleetAction.Run or FleetAction.Update or FleetAction.Roll)
        {
            await preflight.BeginsAsync(target.Group).ConfigureAwait(false);
        }

        await (action switch
        {
            FleetAction.Delete => preflight.EndsAsync(target.Group),
            FleetAction.Update => preflight.ChangesAsync(target.Group),
            _ => Task.CompletedTask,
        }).ConfigureAwait(false);
        try
        {
            if (action is FleetAction.Run or FleetAction.Update or FleetAction.Roll && fleet.Endpoints([target.Group]) is { } endpoints)
            {
                await change.ApplyAsync(endpoints).ConfigureAwait(false);
            }

            await change.ApplyAsync(operation).ConfigureAwait(false);
            if (action == FleetAction.Update && operation is { IsContinued: true, IsOver: false })
            {
                operation = await NextAsync(change, operation, Operation).ConfigureAwait(false);
            }

            if (action is FleetAction.Run or FleetAction.Update && !operation.Leaves)
            {
                await ScaleAsync(fleet, change, target.Group, wait).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            var share = operation.Share is { } standing ? $" Meanwhile {standing}, and nobody judges it." : "";
            change.Stopped($"Stopped. The same command goes on from here{(way is null ? "" : $"; {way}")}.{share}");
            throw;
        }

        return DryRun.HasValue()
            ? change.End(ExitCode.Done, operation.IsCurrent ? Current(operation.Journal) : "")
            : change.End(
                ExitCode.Done,
                operation.IsCurrent ? Current(operation.Journal) : Words(operation.Journal, operation.Leaves),
                Described(operation.Journal, operation.IsCurrent));

        FleetOperation Operation(Func<Task<FleetChange>, Task<FleetChange>> checkedBy) =>
            new(context, target, fleet.Run, action, BreakLock.HasValue(), whileWarm, stop => checkedBy(plan(context, service, stop)));
    }

    /// <summary>
    /// What an earlier run began is over: the same command goes on to the image that is there by now. Where there is none, what has been
    /// done stands, and it is said.
    /// </summary>
    private async Task<FleetOperation> NextAsync(
        ChangeCommand change,
        FleetOperation finished,
        Func<Func<Task<FleetChange>, Task<FleetChange>>, FleetOperation> another)
    {
        if (DryRun.HasValue())
        {
            change.Say("Then it goes on to the image that the group should have, if that is another.");
            return finished;
        }

        var journal = finished.Journal;
        var serves = $"{journal.Group}: {journal.New ?? journal.Old} serves {journal.Image}.";
        var next = another(PlanAsync);
        await change.ApplyAsync(next).ConfigureAwait(false);
        return next.IsCurrent ? finished : next;

        async Task<FleetChange> PlanAsync(Task<FleetChange> planning)
        {
            try
            {
                var planned = await planning.ConfigureAwait(false);
                var isCurrent = planned.IsCurrent || planned.Journal.Image == journal.Image;
                if (!isCurrent)
                {
                    change.Say($"{serves} There is another image by now: {planned.Journal.Image}.");
                }

                return planned with { IsCurrent = isCurrent };
            }
            catch (BakerException error) when (error.Code == ExitCode.BadInput)
            {
                change.Say($"{serves} Is there another image by now? No: {error.Message}");
                return new FleetChange(journal, null) { IsCurrent = true };
            }
        }
    }

    /// <summary>Gives a fleet the policies, schedules, warm pool and alarms that the manifest has for it.</summary>
    internal static async Task ScaleAsync(FleetSession fleet, ChangeCommand change, NodeGroup group, string? wait)
    {
        var desired = DesiredEnvironment.Of(fleet.Project.Resources, [group]).OfFleet(group);
        if (!desired.Resources.IsEmpty)
        {
            await change.ApplyAsync(new EnvironmentOperation(
                region => fleet.Context(fleet.Gone.Of(default, region), wait),
                desired,
                EnvironmentAction.Scaling,
                fleet.Run,
                breakLock: false,
                fleets: null)).ConfigureAwait(false);
        }
    }

    private static string Current(FleetJournal journal) => $"{journal.Group}: {journal.Old} is current, and serves {journal.Image}; "
        + "--force replaces it all the same";

    private static string Words(FleetJournal journal, bool leaves) => journal.Action switch
    {
        FleetAction.Delete => $"{journal.Group}: {journal.Old} is deleted",
        FleetAction.Rollback =>
            journal.Old is null ? $"{journal.Group}: {journal.New} is taken back" : $"{journal.Group}: {journal.Old} serves again",
        FleetAction.Update when leaves =>
            $"{journal.Group}: {journal.New} serves {journal.Image}; {journal.Old} is kept until the next "
                + $"autoscale:update or autoscale:rollback {journal.Group}",
        _ => $"{journal.Group}: {journal.New ?? journal.Old} serves {journal.Image}",
    };

    private static JObject Described(FleetJournal journal, bool isCurrent)
    {
        var serves = journal.Action switch
        {
            FleetAction.Delete => null,
            FleetAction.Rollback => journal.Old,
            _ => isCurrent ? journal.Old : journal.New ?? journal.Old,
        };
        return new JObject
        {
            ["group"] = journal.Group.ToString(),
            ["serves"] = serves,
            ["image"] = journal.Action is FleetAction.Delete or FleetAction.Rollback ? null : journal.Image,
        };
    }
}
