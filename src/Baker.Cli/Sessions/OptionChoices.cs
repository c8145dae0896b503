using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Sessions;

/// <summary>Options that take one of a few words: help shows the words, and completion offers them.</summary>
internal static class OptionChoices
{
    // Not in the option's template, where the library takes a bar for the end of a name.
    public static CommandOption Taking(this CommandOption option, params IEnumerable<string> words)
    {
        option.ValueName = string.Join('|', words);
        return option;
    }
}
