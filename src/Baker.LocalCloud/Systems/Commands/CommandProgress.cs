using System.Globalization;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>A command under way: which instances wait, which run.</summary>
internal sealed class CommandProgress(CommandRecord command, IEnumerable<string> waiting)
{
    public CommandRecord Command { get; } = command;

    public LinkedList<string> Waiting { get; } = new(waiting);

    public HashSet<string> Running { get; } = new(StringComparer.Ordinal);

    public int Errors { get; set; }

    public int MaxConcurrency { get; } = Math.Max(1, Count(command.MaxConcurrency, Math.Max(command.TargetCount, waiting.Count())));

    public int MaxErrors { get; } = Count(command.MaxErrors, Math.Max(command.TargetCount, waiting.Count()));

    /// <summary>A number, or a percentage of the targets.</summary>
    private static int Count(string text, int targets) =>
        text.EndsWith('%')
            ? (int)Math.Floor(targets * double.Parse(text[..^1], CultureInfo.InvariantCulture) / 100)
            : int.Parse(text, CultureInfo.InvariantCulture);
}
