using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands.Config;

/// <summary>The commands on the configuration of nodes, which SSM keeps.</summary>
internal static class ConfigCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("config:set", command => ConfigChangeCommands.Set(command, session));
        app.Command("config:unset", command => ConfigChangeCommands.Unset(command, session));
        app.Command("config:import", command => ConfigChangeCommands.Import(command, session));
        app.Command("config:edit", command => ConfigEditCommand.Set(command, session));
        app.Command("config:list", command => ConfigReadCommands.List(command, session));
        app.Command("config:history", command => ConfigReadCommands.History(command, session));
        app.Command("config:push", command => InstanceDeployCommand.SetPush(command, session));
    }
}
