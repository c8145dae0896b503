using Baker.Cli.Beginning;
using Baker.Cli.Sessions;
using Baker.Core;
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

            --from takes what you have, and says what was carried over and what was not.
            """;
        var live = command.Argument("name", "With --from asg or launch-template: its name or id.");
        var name = command.Option("--name <GROUP>", "The name of the first group (default: web).", CommandOptionType.SingleValue);
        var region = command.Option(
            "--region <REGION>",
            "The AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, else us-east-1).",
            CommandOptionType.SingleValue);
        var from = command.Option(
            "--from <WHAT>",
            "Make it of a Packer JSON template, or of a live asg or launch-template.",
            CommandOptionType.SingleValue);
        var variables = command.Option(
            "--var <VARIABLE>",
            "A user variable of the template, as NAME=VALUE.",
            CommandOptionType.MultipleValue);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(async () =>
        {
            var init = new InitCommand(session, json.HasValue());
            if (from.Value() is "asg" or "launch-template")
            {
                return (int)await init.FromLiveAsync(
                    from.Value() == "launch-template",
                    live.Value ?? throw new BakerException(
                        ExitCode.BadInput,
                        $"Which {(from.Value() == "asg" ? "Auto Scaling group" : "launch template")}?",
                        $"Say package init --from {from.Value()} NAME."),
                    name.Value(),
                    region.Value()).ConfigureAwait(false);
            }

            return live.Value is { } needless
                ? throw new BakerException(
                    ExitCode.BadInput,
                    $"{needless} has no meaning here; nothing was written.",
                    $"Did you mean --name {needless}, or --from asg {needless}?")
                : (int)(from.Value() is { } template
                    ? init.FromPacker(template, name.Value(), variables.Values.OfType<string>())
                    : init.Start(name.Value(), region.Value()));
        });
    });
}
