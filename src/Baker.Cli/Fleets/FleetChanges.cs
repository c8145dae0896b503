using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>Prints the steps of a change, or carries them out: the same list either way.</summary>
internal static class FleetChanges
{
    public static async Task<ExitCode> ApplyAsync(
        Session session,
        FleetContext context,
        FleetTarget target,
        string run,
        FleetAction action,
        ChangeMode mode,
        Func<FleetService, CancellationToken, Task<FleetChange>> plan)
    {
        var service = new FleetService(context);
        if (mode.IsDryRun)
        {
            var change = await plan(service, session.Stop).ConfigureAwait(false);
            Continues(session, change);
            foreach (var (index, step) in change.Steps.Index())
            {
                session.Terminal.Out.WriteLine(StepLine.Of(index + 1, step.Text));
            }

            return ExitCode.Changes;
        }

        var number = 0;
        var runner = new FleetRunner(context, step => session.Terminal.Error.WriteLine(StepLine.Of(++number, step.Text)));
        async Task<FleetChange> Plan(CancellationToken stop)
        {
            var change = await plan(service, stop).ConfigureAwait(false);
            Continues(session, change);
            return change;
        }

        FleetJournal journal;
        try
        {
            journal = await runner.RunAsync(target, run, action, mode.BreakLock, mode.WhileWarm, Plan, session.Stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            session.Terminal.Error.WriteLine($"Stopped. The same command goes on from here{(action is FleetAction.Run or FleetAction.Update ? $"; autoscale:rollback {target.Group.Name} takes it back" : "")}.");
            throw;
        }

        session.Terminal.Out.WriteLine(Result(journal, mode.WhileWarm));
        return ExitCode.Done;
    }

    private static void Continues(Session session, FleetChange change)
    {
        if (change.IsContinued)
        {
            session.Terminal.Error.WriteLine($"Going on with what {change.Journal.Owner} began at {change.Journal.Since} (image {change.Journal.Image}, step {change.Journal.Step}):");
        }
    }

    private static string Result(FleetJournal journal, bool whileWarm) => journal.Action switch
    {
        FleetAction.Delete => $"{journal.Group}: {journal.Old} is deleted",
        FleetAction.Rollback => journal.Old is null ? $"{journal.Group}: {journal.New} is taken back" : $"{journal.Group}: {journal.Old} serves again",
        FleetAction.Update when !whileWarm => $"{journal.Group}: {journal.New} serves {journal.Image}; {journal.Old} is kept until the next autoscale:update or autoscale:rollback {journal.Group}",
        _ => $"{journal.Group}: {journal.New ?? journal.Old} serves {journal.Image}",
    };
}
