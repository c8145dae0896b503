using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>The commands that make an environment what the manifest says, or take it down.</summary>
internal static class EnvironmentChangeCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("environment:plan", command =>
        {
            command.Description = "Print what environment:update would do, and change nothing; exit 2 if there is anything.";
            On(command, session, EnvironmentAction.Update, onlyPlans: true);
        });
        app.Command("environment:create", command =>
        {
            command.Description = "Make all of an environment that is missing, and change what differs; again, to go on.";
            On(command, session, EnvironmentAction.Create);
        });
        app.Command("environment:update", command =>
        {
            command.Description = "The same, and update the fleets whose image is not current.";
            On(command, session, EnvironmentAction.Update);
        });
        app.Command("environment:delete", command =>
        {
            command.Description = "Take down what Baker made in an environment; datastores and what others made stay.";
            On(command, session, EnvironmentAction.Delete);
        });
    }

    private static void On(CommandLineApplication command, Session session, EnvironmentAction action, bool onlyPlans = false)
    {
        var name = command.Argument("environment", "The environment (default: that of --environment).");
        var options = FleetOptions.On(command);
        var dryRun = onlyPlans ? null : FleetOptions.DryRun(command);
        var json = FleetOptions.Json(command);
        var isDelete = action == EnvironmentAction.Delete;
        var image = isDelete ? null : ImageChoice.On(command, withImage: false);
        var yes = isDelete
            ? command.Option("--yes <NAME>", "The environment's name, instead of being asked for it.", CommandOptionType.SingleValue)
            : null;
        var fleets = isDelete
            ? null
            : command.Option("--delete-fleets", "Also delete the fleets that the manifest has no more.", CommandOptionType.NoValue);
        var breakLock = onlyPlans ? null : FleetOptions.BreakLock(command);
        var wait = onlyPlans ? null : FleetOptions.Wait(command);
        var reason = onlyPlans ? null : FleetOptions.Override(command);
        var verb = action.ToString().ToLowerInvariant();
        command.OnExecute(() => FleetSession.UseAsync(
            session,
            options,
            $"environment:{(onlyPlans ? "plan" : verb)}",
            fleet => new EnvironmentChange(session, fleet).ApplyAsync(
                action,
                onlyPlans || dryRun?.HasValue() == true,
                json.HasValue(),
                image ?? ImageChoice.Usual,
                wait?.Value(),
                breakLock?.HasValue() == true,
                yes?.Value(),
                fleets?.HasValue() == true,
                reason),
            environment: name.Value));
    }
}
