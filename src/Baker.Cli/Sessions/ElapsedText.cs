using System.Globalization;

namespace Baker.Cli.Sessions;

/// <summary>Times as a person reads them: <c>7.1 s</c>, <c>3 min 20 s</c>.</summary>
internal static class ElapsedText
{
    public static string Words(TimeSpan time) =>
        time.TotalSeconds < 60
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s");
}
