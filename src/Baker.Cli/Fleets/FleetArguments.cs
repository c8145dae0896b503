using System.Globalization;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>Reads option values, with errors that name the option.</summary>
internal static class FleetArguments
{
    public static TimeSpan Duration(string option, string text) => Core.Manifest.Durations.TryParse(text, out var duration)
        ? duration
        : throw new BakerException(ExitCode.BadInput, $"{option} {text} is not a time.", "Write it as 90s, 30m, 24h or 7d.");

    public static int? Number(string option, string? text) => text switch
    {
        null => null,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new BakerException(ExitCode.BadInput, $"{option} {text} is not a number.", "Give a whole number from 0 up."),
    };

    public static string Required(CommandArgument argument) => argument.Value
        ?? throw new BakerException(ExitCode.BadInput, $"Which {argument.Name}?", "See the command's --help.");

    /// <summary>The names that an argument has, each once.</summary>
    public static IReadOnlyList<string> AllRequired(CommandArgument argument)
    {
        Required(argument);
        return [.. argument.Values.OfType<string>().Distinct()];
    }
}
