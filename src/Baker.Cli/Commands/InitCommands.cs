using Baker.Cli.Beginning;
using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>init</c>: the way from an empty folder to a first manifest.</summary>
internal static class InitCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("init", command =>
    {
        command.Description = "Begin a project in this folder.";
        command.ExtendedHelpText = """

            Writes nodes.json with its schema, a script, a test and .gitignore; it bakes at once on
            the local cloud. A file that is there is never written over: the command is refused
            (exit code 1) and names it. Questions are asked on a terminal alone.
            """;
        var name = command.Option("--name <GROUP>", "The name of the first group (default: web).", CommandOptionType.SingleValue);
        var region = command.Option(
            "--region <REGION>",
            "The AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, else us-east-1).",
            CommandOptionType.SingleValue);
        command.OnExecute(() => (int)new InitCommand(session).Start(name.Value(), region.Value()));
    });
}
