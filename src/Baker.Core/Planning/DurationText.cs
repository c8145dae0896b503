using System.Globalization;

namespace Baker.Core.Planning;

/// <summary>Durations as people say them: 45 s, 2 min, 1 h 30 min.</summary>
public static class DurationText
{
    public static string Of(TimeSpan time)
    {
        var seconds = (long)Math.Round(time.TotalSeconds);
        return seconds switch
        {
            < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds} s"),
            < 7200 when seconds % 60 == 0 || seconds > 600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min"),
            < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min {seconds % 60} s"),
            _ when seconds % 3600 < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} h {seconds % 3600 / 60} min"),
        };
    }
}
