using System.Globalization;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Watching;

/// <summary><c>--watch [SECONDS]</c> of the commands that only show something.</summary>
internal static class WatchOption
{
    private const string Name = "--watch";

    private static readonly HashSet<string> s_commands = new(StringComparer.Ordinal)
    {
        "autoscale:status",
        "change:list",
        "config:list",
        "environment:list",
        "environment:status",
        "image:channels",
        "image:list",
        "instance:list",
        "local:status",
        "maintenance:status",
        "node:list",
        "service:drift",
        "service:list",
    };

    public static void OfferOn(CommandLineApplication app)
    {
        foreach (var command in app.Commands.Where(command => s_commands.Contains(command.Name ?? "")))
        {
            command.Option(
                $"{Name}[:<SECONDS>]",
                "Show it again and again until Ctrl-C (default, and at the least: every 2 s, on AWS every 10 s).",
                CommandOptionType.SingleOrNoValue);
        }
    }

    /// <summary>The arguments as the library reads them, which takes a value that may be left out behind <c>=</c> alone.</summary>
    /// <param name="every">How often, where it says so.</param>
    /// <returns>Whether the command is to be watched.</returns>
    /// <exception cref="BakerException">It names no time.</exception>
    public static bool IsIn(ref string[] arguments, out TimeSpan? every)
    {
        every = null;
        if (arguments is [] || !s_commands.Contains(arguments[0]) || arguments.Any(word => word is "--help" or "-h" or "-?"))
        {
            return false;
        }

        var at = Array.FindIndex(arguments, word =>
            word == Name || word.StartsWith(Name + "=", StringComparison.Ordinal) || word.StartsWith(Name + ":", StringComparison.Ordinal));
        if (at < 0)
        {
            return false;
        }

        if (arguments[at] == Name && at + 1 < arguments.Length && Seconds(arguments[at + 1]) is not null)
        {
            arguments = [.. arguments[..at], $"{Name}={arguments[at + 1]}", .. arguments[(at + 2)..]];
        }

        if (arguments[at].Length > Name.Length)
        {
            var text = arguments[at][(Name.Length + 1)..];
            every = Seconds(text) is > 0 and <= 86400 and var seconds ? TimeSpan.FromSeconds(seconds) : throw new BakerException(
                ExitCode.BadInput,
                $"{Name} {text}: that is no number of seconds.",
                $"Such as {Name} 30; up to a day.");
        }

        return true;
    }

    private static double? Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
}
