using System.Globalization;

namespace Baker.Sdk.Wire;

/// <summary>How the protocols without types of their own, XML and query, spell values.</summary>
internal static class WireText
{
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

    public static DateTime FromSeconds(double seconds) => DateTime.UnixEpoch.AddMilliseconds(Math.Round(seconds * 1000));

    public static double ToSeconds(DateTime value) => Math.Round((value.ToUniversalTime() - DateTime.UnixEpoch).TotalMilliseconds) / 1000;
}
