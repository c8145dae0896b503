using System.Globalization;

namespace Baker.Sdk.Wire;

/// <summary>How the protocols without types of their own, XML and query, spell values.</summary>
internal static class WireText
{
    private static readonly double s_first = Math.Ceiling((DateTime.MinValue - DateTime.UnixEpoch).TotalSeconds);
    private static readonly double s_last = Math.Floor((DateTime.MaxValue - DateTime.UnixEpoch).TotalSeconds);

    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public static string Of(DateTime value) =>
        value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static bool ToBoolean(string text) => text.Equals("true", StringComparison.OrdinalIgnoreCase) || text == "1";

    /// <summary>Reads ISO 8601 or seconds since 1970; both occur.</summary>
    public static DateTime ToTime(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? FromSeconds(seconds)
            : DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);

    /// <exception cref="FormatException">There is no such time, or none that a calendar has.</exception>
    public static DateTime FromSeconds(double seconds) =>
        seconds >= s_first && seconds <= s_last
            ? DateTime.UnixEpoch.AddMilliseconds(Math.Round(seconds * 1000))
            : throw new FormatException(FormattableString.Invariant($"{seconds} is not a time in seconds since 1970."));

    public static double ToSeconds(DateTime value) => Math.Round((value.ToUniversalTime() - DateTime.UnixEpoch).TotalMilliseconds) / 1000;
}
