using Baker.Cli.Completing;
using Baker.Cli.Examining;
using Baker.Cli.Manual;
using Baker.Cli.Mistakes;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>help</c> and <c>completion</c>: what there is to type, for people and for their shells.</summary>
internal static class HelpCommands
{
    private static readonly string[] s_formats = ["text", "man", "markdown"];

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("help", command => Help(command, app, session));
        app.Command("completion", command => Scripts(command, session));
        app.Command("complete", command => Answer(command, app, session));
    }

    private static void Help(CommandLineApplication command, CommandLineApplication app, Session session)
    {
        command.Description = "Show the help of a command, or of all.";
        var asked = command.Argument("command", "The command; all where none is named.");
        var format = command.Option("--format", "text (default), man for manual pages, or markdown.", CommandOptionType.SingleValue)
            .Taking(s_formats);
        command.OnExecute(() =>
        {
            var chosen = asked.Value is { } name ? CommandSuggestion.Require(name, app) : null;
            var version = ProgramVersion.OfThis().Version;
            switch (format.Chosen(s_formats))
            {
                case "man":
                    session.Terminal.Out.Write(chosen is null
                        ? ManPage.OfAll(CommandManual.OfAll(app), app.Description ?? "", version)
                        : ManPage.Of(CommandManual.Of(chosen), version));
                    break;
                case "markdown":
                    session.Terminal.Out.Write(
                        MarkdownReference.Of(chosen is null ? CommandManual.OfAll(app) : [CommandManual.Of(chosen)]));
                    break;
                default:
                    new CommandHelp(session.Terminal.Width).Generate(chosen ?? app, session.Terminal.Out);
                    break;
            }

            return (int)ExitCode.Done;
        });
    }

    private static void Scripts(CommandLineApplication command, Session session)
    {
        command.Description = "Print what has a shell complete commands, options and names.";
        var shell = command.Argument(string.Join('|', CompletionScripts.Shells), "The shell.");
        command.OnExecute(() =>
        {
            session.Terminal.Out.Write(CompletionScripts.Of(CompletionScripts.Shells.Contains(shell.Value ?? "")
                ? shell.Value!
                : throw new BakerException(
                    ExitCode.BadInput,
                    shell.Value is null ? "Which shell?" : $"There is no completion for {Quoting.Quote(shell.Value)}.",
                    $"Say package completion {string.Join('|', CompletionScripts.Shells)}.")));
            return (int)ExitCode.Done;
        });
    }

    /// <summary>What the shells ask: the words behind the program's name, the last of which is being typed.</summary>
    private static void Answer(CommandLineApplication command, CommandLineApplication app, Session session)
    {
        command.ShowInHelpText = false;
        command.AllowArgumentSeparator = true;
        command.OnExecute(() =>
        {
            foreach (var (word, text) in new Completion(app, new ProjectNames(session)).For(command.RemainingArguments))
            {
                session.Terminal.Out.WriteLine(text.Length == 0 ? word : $"{word}\t{text}");
            }

            return (int)ExitCode.Done;
        });
    }
}
