using System.Globalization;

namespace Baker.Core.Planning;

/// <summary>Moments as records have them: ISO 8601, UTC, whole seconds.</summary>
public static class TimeText
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static string Of(DateTimeOffset moment) => moment.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Null where the text is none.</summary>
    public static DateTimeOffset? TryParse(string? text) => DateTimeOffset.TryParseExact(
        text,
        Form,
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out var moment) ? moment : null;
}
