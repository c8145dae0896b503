using System.Globalization;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>Reads option values, with errors that name the option.</summary>
internal static class FleetArguments
{
    private const int LongestReason = 300;

    public static TimeSpan Duration(string option, string text) => Core.Manifest.Durations.TryParse(text, out var duration)
        ? duration
        : throw new BakerException(ExitCode.BadInput, $"{option} {text} is not a time.", "Write it as 90s, 30m, 24h or 7d.");

    public static int? Number(string option, string? text) => text switch
    {
        null => null,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new BakerException(ExitCode.BadInput, $"{option} {text} is not a whole number from 0 up.", "Give it in digits."),
    };

    /// <summary>How many at a time: none at a time would never end.</summary>
    public static int? AtOnce(string option, string? text) => Number(option, text) switch
    {
        0 => throw new BakerException(
            ExitCode.BadInput,
            $"{option} {text}: none at a time would never end.",
            "Give one from 1 up, in digits."),
        var number => number,
    };

    /// <summary>A reason that a person gives; null where the option is not there.</summary>
    public static string? Reason(CommandOption option) => option.Value()?.Trim() switch
    {
        null => null,
        "" => throw new BakerException(ExitCode.BadInput, $"--{option.LongName} has no reason.", "Say why, in a sentence."),
        { Length: > LongestReason } text => throw new BakerException(
            ExitCode.BadInput,
            string.Create(CultureInfo.InvariantCulture, $"--{option.LongName} has {text.Length} characters."),
            string.Create(CultureInfo.InvariantCulture, $"Say it in at most {LongestReason}.")),
        var text when text.Any(char.IsControl) => throw new BakerException(
            ExitCode.BadInput,
            $"--{option.LongName} has line breaks or other control characters.",
            "Say it in one line."),
        var text => text,
    };

    public static string Required(CommandArgument argument) => argument.Value
        ?? throw new BakerException(
            ExitCode.BadInput,
            $"Which {argument.Name}?",
            argument.Name == "group" ? "package node:list shows the groups." : $"{argument.Description} --help has examples.");

    /// <summary>The names that an argument has, each once.</summary>
    public static IReadOnlyList<string> AllRequired(CommandArgument argument)
    {
        Required(argument);
        return [.. argument.Values.OfType<string>().Distinct()];
    }
}
