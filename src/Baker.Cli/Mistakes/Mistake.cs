using System.Globalization;
using Baker.Cli.Manual;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Mistakes;

/// <summary>What is said where the command line library cannot read the arguments: in the program's own words, with what was probably
/// meant and how the command is called.</summary>
internal static class Mistake
{
    public static BakerException Explain(CommandParsingException error, CommandLineApplication app, string[] arguments)
    {
        // The library tells in its text alone what it found, and quotes it there.
        var command = error.Command;
        var (kind, word, option) = Read(error.Message);
        return (kind, command == app) switch
        {
            (Kind.Option, true) => new(
                ExitCode.BadInput,
                $"There is no option {Quoting.Quote(word)} before a command.",
                OptionOf(app, word) ?? "See package --help."),
            (Kind.Option, false) when long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => new(
                ExitCode.BadInput,
                $"{CommandManual.NameOf(command)} takes no number below 0, and {Quoting.Quote(word)} is one.",
                Usage(command)),
            (Kind.Option, false) => new(
                ExitCode.BadInput,
                $"{CommandManual.NameOf(command)} has no option {Quoting.Quote(word)}.",
                Join(OptionOf(command, word), Usage(command))),
            (Kind.Word, true) => new(
                ExitCode.BadInput,
                $"There is no command {Quoting.Quote(word)}.",
                CommandSuggestion.For(arguments.SkipWhile(each => each != word).ToArray(), app) ?? "See package --help."),
            (Kind.Word, false) when command.Commands.Count > 0 => new(
                ExitCode.BadInput,
                $"{CommandManual.NameOf(command)} has no action {Quoting.Quote(word)}.",
                Join(
                    DidYouMean.Nearest(word, Actions(command)) is { } action ? $"Did you mean {Quoting.Quote(action)}?" : null,
                    Usage(command))),
            (Kind.Word, false) => new(ExitCode.BadInput, Surplus(command, word), Usage(command)),
            (Kind.NoValue, _) => new(ExitCode.BadInput, $"{Dashed(command, word)} needs a value{ValueOf(command, word)}.", Usage(command)),
            (Kind.Value, _) => new(ExitCode.BadInput, SurplusValue(command, word, option), Usage(command)),
            _ => new(ExitCode.BadInput, error.Message, command == app ? "See package --help." : Usage(command)),
        };
    }

    /// <summary>How a command is called, in a line, and what shows the rest.</summary>
    public static string Usage(CommandLineApplication command) =>
        $"Usage: {CommandManual.UsageOf(command)}\n  package {CommandManual.NameOf(command)} --help lists the options.";

    private enum Kind
    {
        Other,
        Option,
        Word,
        NoValue,
        Value,
    }

    private static (Kind Kind, string Word, string Option) Read(string text)
    {
        const string Between = "' for option '";
        var (from, to) = (text.IndexOf('\'', StringComparison.Ordinal) + 1, text.LastIndexOf('\''));
        if (from == 0 || to < from)
        {
            return (Kind.Other, "", "");
        }

        var word = text[from..to];
        var at = word.LastIndexOf(Between, StringComparison.Ordinal);
        return text.StartsWith("Unrecognized option", StringComparison.Ordinal) ? (Kind.Option, word, "")
            : text.StartsWith("Unrecognized command or argument", StringComparison.Ordinal) ? (Kind.Word, word, "")
            : text.StartsWith("Missing value for option", StringComparison.Ordinal) ? (Kind.NoValue, word, "")
            : text.StartsWith("Unexpected value", StringComparison.Ordinal) && at >= 0
                ? (Kind.Value, word[..at], word[(at + Between.Length)..])
                : (Kind.Other, "", "");
    }

    private static IEnumerable<string> Actions(CommandLineApplication command) =>
        command.Commands.Select(each => each.Name).OfType<string>();

    private static string? OptionOf(CommandLineApplication command, string typed)
    {
        // One letter is near to every other.
        var name = typed.TrimStart('-').Split('=', ':')[0];
        var names = command.GetOptions().Where(option => option.ShowInHelpText).Select(option => option.LongName).OfType<string>();
        return name.Length > 1 && DidYouMean.Nearest(name.Replace('_', '-'), names) is { } meant
            ? $"Did you mean {Quoting.Quote("--" + meant)}?"
            : null;
    }

    private static string Join(string? first, string second) => first is null ? second : $"{first}\n  {second}";

    private static string Surplus(CommandLineApplication command, string word) => command.Arguments.Count == 0
        ? $"{CommandManual.NameOf(command)} takes options alone, and {Quoting.Quote(word)} is none."
        : $"{CommandManual.NameOf(command)} takes "
            + $"{string.Join(" and ", command.Arguments.Select(each => each.Name?.ToUpperInvariant()))} alone; "
            + $"{Quoting.Quote(word)} is too much.";

    private static string SurplusValue(CommandLineApplication command, string value, string option) =>
        Find(command, option)?.OptionType == CommandOptionType.NoValue
            ? $"{Dashed(command, option)} takes no value, and has {Quoting.Quote(value)}."
            : $"{Dashed(command, option)} is there twice; the second time with {Quoting.Quote(value)}.";

    // The library names options with and without their dashes.
    private static string Dashed(CommandLineApplication command, string option) => Find(command, option) switch
    {
        { LongName: { Length: > 0 } name } => "--" + name,
        { ShortName: { Length: > 0 } name } => "-" + name,
        _ => option,
    };

    private static string ValueOf(CommandLineApplication command, string option) =>
        Find(command, option)?.ValueName is { Length: > 0 } name ? $": {Dashed(command, option)} <{name}>" : "";

    private static CommandOption? Find(CommandLineApplication command, string option)
    {
        var name = option.TrimStart('-');
        return command.GetOptions().FirstOrDefault(each => each.LongName == name || each.ShortName == name);
    }
}
