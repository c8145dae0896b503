using Baker.Cli.Commands;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli;

/// <summary>Every command of the program, one line per file of <c>Commands/</c>.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Action<CommandLineApplication, Session>> All { get; } =
    [
        RoleCommands.Register,
        NodeCommands.Register,
        PackerTemplateCommands.Register,
        BakeCommands.Register,
        LocalCommands.Register,
        ImageCommands.Register,
    ];
}
