using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Sessions;

/// <summary>Options that take one of a few words: help shows the words, and completion offers them.</summary>
internal static class OptionChoices
{
    /// <summary>The word that was given; the first of them where none was.</summary>
    /// <exception cref="BakerException">It is none of them.</exception>
    public static string Chosen(this CommandOption option, IReadOnlyList<string> words) => option.Value() switch
    {
        null => words[0],
        var given when words.Contains(given) => given,
        var given => throw new BakerException(
            ExitCode.BadInput,
            $"--{option.LongName} takes {string.Join(", ", words)}, not {Quoting.Quote(given)}.",
            DidYouMean.Suggest(given, words, $"Leave it out for {words[0]}.")),
    };

    // Not in the option's template, where the library takes a bar for the end of a name.
    public static CommandOption Taking(this CommandOption option, params IEnumerable<string> words)
    {
        option.ValueName = string.Join('|', words);
        return option;
    }
}
