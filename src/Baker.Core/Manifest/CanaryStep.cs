using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>How much of the requests a new fleet gets, and for how long: <c>5% 10m</c>, or <c>100%</c>.</summary>
/// <param name="Time">Zero where it names none: then it is not judged.</param>
public sealed record CanaryStep(int Percent, TimeSpan Time)
{
    public const int All = 100;

    /// <summary>Null where the text is none; <paramref name="problem"/> then says why.</summary>
    public static CanaryStep? TryParse(string text, out string problem)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (1 or 2)
            || words[0] is not [.. var number, '%']
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
        {
            problem = "is not a share and a time";
            return null;
        }

        if (percent is < 1 or > All)
        {
            problem = percent == 0 ? "leads nothing to the new fleet" : "is more than all";
            return null;
        }

        var time = TimeSpan.Zero;
        if (words.Length == 2 && (!Durations.TryParse(words[1], out time) || time == TimeSpan.Zero))
        {
            problem = $"has a time that is none, {Quoting.Quote(words[1])}";
            return null;
        }

        problem = "";
        return new CanaryStep(percent, time);
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString()
    {
        var seconds = (long)Time.TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{Percent}%") + (seconds switch
        {
            0 => "",
            _ when seconds % 3600 == 0 => string.Create(CultureInfo.InvariantCulture, $" {seconds / 3600}h"),
            _ when seconds % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $" {seconds / 60}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $" {seconds}s"),
        });
    }
}
