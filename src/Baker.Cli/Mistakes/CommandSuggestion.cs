using System.Text;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Mistakes;

/// <summary>Which command was meant by words that name none.</summary>
internal static class CommandSuggestion
{
    // A terminal's 80 columns, less what a remedy is set in by.
    private const int Width = 78;

    private static readonly char[] Separators = ['-', '_', '.', '/', ' '];

    /// <summary>The command of that name.</summary>
    /// <exception cref="BakerException">There is none.</exception>
    public static CommandLineApplication Require(string name, CommandLineApplication app) =>
        app.Commands.FirstOrDefault(each => each.Names.Contains(name)) ?? throw new BakerException(
            ExitCode.BadInput,
            $"There is no command {Quoting.Quote(name)}.",
            For([name], app) ?? "See package --help.");

    /// <summary>A sentence, with how the command is called where it is one; null where nothing is near.</summary>
    /// <param name="words">The word that is no command, and what stood behind it.</param>
    public static string? For(string[] words, CommandLineApplication app)
    {
        if (words is not [{ Length: > 0 } typed, ..])
        {
            return null;
        }

        var commands = app.Commands.Where(command => command.ShowInHelpText && command.Name is not null).ToList();
        var names = commands.Select(command => command.Name!).ToList();
        var second = words.Length > 1 && !words[1].StartsWith('-') ? words[1] : null;
        var meant = typed.Contains(':', StringComparison.Ordinal) ? InNamespace(typed, names)
            : OtherSeparator(typed, names) ?? Apart(typed, second, names) ?? DidYouMean.Nearest(typed, names);
        if (meant is not null && commands.FirstOrDefault(command => command.Name == meant) is { } found)
        {
            return $"Did you mean {Quoting.Quote(meant)}?\n  {Mistake.Usage(found)}";
        }

        var space = typed.Split(':')[0] + ":";
        var actions = names.Where(name => name.StartsWith(space, StringComparison.Ordinal)).ToList();
        return actions.Count == 0 ? null : Folded($"There are {string.Join(", ", actions)}.");
    }

    private static string Folded(string sentence)
    {
        var text = new StringBuilder();
        var column = 0;
        foreach (var word in sentence.Split(' '))
        {
            var fits = column + 1 + word.Length <= Width;
            text.Append(column == 0 ? "" : fits ? " " : "\n  ").Append(word);
            column = column == 0 || !fits ? word.Length : column + 1 + word.Length;
        }

        return text.ToString();
    }

    private static string? InNamespace(string typed, List<string> names)
    {
        var at = typed.IndexOf(':', StringComparison.Ordinal) + 1;
        var actions = names.Where(name => name.StartsWith(typed[..at], StringComparison.Ordinal)).Select(name => name[at..]).ToList();
        return actions.Count == 0 ? DidYouMean.Nearest(typed, names)
            : DidYouMean.Nearest(typed[at..], actions) is { } action ? typed[..at] + action
            : null;
    }

    // autoscale-update
    private static string? OtherSeparator(string typed, List<string> names)
    {
        var at = typed.IndexOfAny(Separators);
        return at > 0 && at < typed.Length - 1 ? Spelled(typed[..at], typed[(at + 1)..], names) : null;
    }

    // packer run
    private static string? Apart(string typed, string? second, List<string> names) =>
        second is null ? null : Spelled(typed, second, names);

    private static string? Spelled(string space, string action, List<string> names)
    {
        var spaces = names.Where(name => name.Contains(':', StringComparison.Ordinal)).Select(name => name.Split(':')[0]).Distinct();
        return DidYouMean.Nearest(space, spaces) is { } near
            ? InNamespace($"{near}:{action}", names)
            : null;
    }
}
