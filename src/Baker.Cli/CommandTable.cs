using Baker.Cli.Commands;
using Baker.Cli.Commands.Config;
using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli;

/// <summary>Every command of the program, one line per file of <c>Commands/</c>.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Action<CommandLineApplication, Session>> All { get; } =
    [
        InitCommands.Register,
        RoleCommands.Register,
        NodeCommands.Register,
        EnvironmentCommands.Register,
        EnvironmentChangeCommands.Register,
        EnvironmentLookCommands.Register,
        PackerTemplateCommands.Register,
        TemplateCommands.Register,
        BakeCommands.Register,
        PlanCommands.Register,
        LocalCommands.Register,
        ImageCommands.Register,
        ChannelCommands.Register,
        RevokeCommand.Register,
        ContentsCommands.Register,
        AutoscaleCreateCommand.Register,
        AutoscaleChangeCommands.Register,
        AutoscaleControlCommands.Register,
        MaintenanceCommands.Register,
        InstanceCommands.Register,
        FreezeCommand.Register,
        ChangeCommands.Register,
        ConfigCommands.Register,
        ServiceCommands.Register,
        ConsoleCommand.Register,
        ExaminingCommands.Register,
        PolicyCommand.Register,
        HelpCommands.Register,
        SelfCommands.Register,
    ];

    /// <summary>What a run with these arguments needs of <see cref="All"/>: the commands that compile are run most and registered alone,
    /// which saves them the time of all others.</summary>
    public static IReadOnlyList<Action<CommandLineApplication, Session>> For(string[] arguments)
    {
        var command = arguments.Length > 0 ? arguments[0] : "";
        return command.StartsWith("role:", StringComparison.Ordinal)
            || command.StartsWith("roles:", StringComparison.Ordinal) ? [RoleCommands.Register]
            : command.StartsWith("node:", StringComparison.Ordinal) ? [NodeCommands.Register]
            : command == "environment:list" ? [EnvironmentCommands.Register]
            : command == "packer:create" ? [PackerTemplateCommands.Register]
            : All;
    }
}
