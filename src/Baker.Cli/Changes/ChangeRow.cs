using System.Globalization;
using Baker.Cli.Sessions;
using Baker.Core.Planning;

namespace Baker.Cli.Changes;

/// <summary>A step of a change that is under way: which of how many, for how long, and what it sees.</summary>
/// <param name="number">Counted from 1.</param>
/// <param name="of">How many there are, as far as is known.</param>
/// <param name="expected">How long it takes, where that is known; asked when it is shown.</param>
internal sealed class ChangeRow(TimeProvider time, string subject, ChangeStep step, int number, Func<int> of, Func<TimeSpan?> expected)
    : ILiveRow
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (ChangeProgress Progress, long At)> _seen = new(StringComparer.Ordinal);
    private readonly long _began = time.GetTimestamp();

    public string Subject => subject;

    public ChangeStep Step => step;

    public string Key => string.Create(CultureInfo.InvariantCulture, $"change {number:000000}");

    /// <summary>Which step of how many.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"step {number} of {Math.Max(number, of())}");

    public string Brief => string.Join("; ", Details().Prepend($"{Head}, {step.Key}: {Clock}"));

    private string Head => $"{subject}: {Place}";

    private string Clock => ElapsedText.Words(time.GetElapsedTime(_began))
        + (expected() is { TotalSeconds: >= 1 } usual ? $" of about {ElapsedText.Words(usual)}" : "");

    public void Take(ChangeProgress progress)
    {
        lock (_gate)
        {
            _seen[progress.Key] = (progress, time.GetTimestamp());
        }
    }

    public IEnumerable<string> Full(int width)
    {
        // The numbers are what a person looks for: no narrow terminal cuts them off.
        foreach (var line in Wrapped([Head, Clock], ", ", width, ""))
        {
            yield return line;
        }

        yield return LiveDisplay.Cut($"  {step.Text}", width);
        foreach (var line in Wrapped(Details(), "; ", width, "  "))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Wrapped(IEnumerable<string> pieces, string between, int width, string indent)
    {
        var line = "";
        foreach (var piece in pieces)
        {
            if (line.Length > 0 && line.Length + between.Length + piece.Length > width)
            {
                yield return line + between.TrimEnd();
                line = "";
            }

            line += line.Length > 0 ? between + piece : indent + piece;
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }

    private List<string> Details()
    {
        lock (_gate)
        {
            return [.. _seen.Values.Select(each => Words(each.Progress, time.GetElapsedTime(each.At))).OfType<string>()];
        }
    }

    /// <param name="since">How long ago it was seen.</param>
    private static string? Words(ChangeProgress progress, TimeSpan since) => progress switch
    {
        ChangeProgress.Healthy { TargetGroup: { } group } healthy => string.Create(
            CultureInfo.InvariantCulture,
            $"{healthy.Count} of {healthy.Wanted} in {group}"),
        ChangeProgress.Healthy healthy => string.Create(CultureInfo.InvariantCulture, $"{healthy.Count} of {healthy.Wanted} healthy"),
        ChangeProgress.Canary canary => string.Create(
            CultureInfo.InvariantCulture,
            $"canary step {canary.Number} of {canary.Of}: {canary.Percent}% of the requests"),
        ChangeProgress.Countdown countdown when countdown.Left > since =>
            $"{countdown.What} for another {DurationText.Of(countdown.Left - since)}",
        ChangeProgress.Countdown countdown => $"{countdown.What}: its time is up",
        ChangeProgress.Part part => string.Create(CultureInfo.InvariantCulture, $"{part.Percent}% {part.What}")
            + (part.Reason is { } reason ? ": " + reason.TrimEnd('.') : ""),
        ChangeProgress.Remaining remaining => string.Create(CultureInfo.InvariantCulture, $"{remaining.Count} {remaining.What}"),
        _ => null,
    };
}
