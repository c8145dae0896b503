using System.Globalization;
using Baker.LocalCloud.Routing;
using Cronos;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>When a scheduled action recurs: crontab(5)'s five fields, minute to day of week, in one of IANA's time zones.</summary>
internal sealed class Recurrence
{
    // Three letters a name, so that a name's place tells its number: December is 12, and Sunday, the thirteenth after it, 0 again.
    private const string Names = "---JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDECSUNMONTUEWEDTHUFRISAT";
    private const int FirstDay = 13;

    private readonly CronExpression[] _times;
    private readonly TimeZoneInfo _zone = TimeZoneInfo.Utc;

    /// <param name="zone">UTC where none is named.</param>
    /// <exception cref="CloudException">The text is no recurrence, or there is no such time zone.</exception>
    public Recurrence(string text, string? zone)
    {
        if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _zone!))
        {
            throw new CloudException("ValidationError", $"Given time zone:{zone} is invalid");
        }

        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields is not [var minute, var hour, var day, var month, var weekday] || !fields.All(IsCrontab))
        {
            throw Malformed(text);
        }

        // As cron has it: where days of the month and of the week are both named, either will do. Cronos asks for both.
        string[] either = day[0] == '*' || weekday[0] == '*'
            ? [string.Join(' ', fields)]
            : [$"{minute} {hour} {day} {month} *", $"{minute} {hour} * {month} {weekday}"];
        _times = [.. either.Select(each => CronExpression.TryParse(each, out var parsed) ? parsed : throw Malformed(text))];
        if (After(DateTimeOffset.UnixEpoch) is null)
        {
            throw Malformed(text); // such as the 30th of February
        }
    }

    /// <summary>The first minute after this time that the recurrence names; null at the end of the calendar.</summary>
    public DateTimeOffset? After(DateTimeOffset time) => _times.Min(each => each.GetNextOccurrence(time, _zone));

    // Cronos also knows L, W, #, ?, H and ranges that run backwards, none of which crontab(5), to which AWS refers, has.
    private static bool IsCrontab(string field) => field.Split(',').All(part => part.Split('/')[0].Split('-') switch
    {
        ["*"] => true,
        [var one] => Number(one) >= 0,
        [var from, var to] => Number(from) >= 0 && Number(from) <= Number(to),
        _ => false,
    });

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : text.Length == 3 && Names.IndexOf(text, StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? at / 3 % FirstDay
        : -1;

    private static CloudException Malformed(string text) => new("ValidationError", $"Given recurrence string:{text} is invalid");
}
