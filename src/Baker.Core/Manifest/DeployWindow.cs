using System.Collections.Immutable;
using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>
/// When a group may be changed: days of the week, hours of the day and the time zone they are of, such as
/// <c>Mon-Thu 09:00-16:00 Europe/Berlin</c>. The end is not in it.
/// </summary>
public sealed record DeployWindow
{
    private const string Example = "Mon-Thu 09:00-16:00 Europe/Berlin";
    private const int LongestDayMinutes = 24 * 60;

    private static readonly string[] s_days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private DeployWindow()
    {
    }

    /// <summary>As it was written.</summary>
    public string Text { get; private init; } = "";

    public ImmutableArray<DayOfWeek> Days { get; private init; } = [];

    /// <summary>Minutes of the day.</summary>
    public int Begin { get; private init; }

    /// <summary>Minutes of the day; at most 1440, which is midnight.</summary>
    public int End { get; private init; }

    public TimeZoneInfo Zone { get; private init; } = TimeZoneInfo.Utc;

    /// <summary>Null where it is none; <paramref name="problem"/> then says why, and <paramref name="remedy"/> what to write.</summary>
    public static DeployWindow? TryParse(string text, out string problem, out string remedy)
    {
        remedy = $"Write for example \"deploy_window\": \"{Example}\"";
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 3)
        {
            problem = words.Length == 2 && words[1].Contains(':', StringComparison.Ordinal)
                ? "names no time zone, so that nobody can tell when it is"
                : "is not days, hours and a time zone";
            return null;
        }

        if (ParseDays(words[0], out problem) is not { } days)
        {
            remedy = "The days are Mon, Tue, Wed, Thu, Fri, Sat and Sun: Mon-Thu, or Mon,Wed,Fri.";
            return null;
        }

        if (ParseHours(words[1], out problem) is not var (begin, end))
        {
            return null;
        }

        if (!IsZoneName(words[2]) || !TimeZoneInfo.TryFindSystemTimeZoneById(words[2], out var zone))
        {
            problem = $"names a time zone that does not exist, {Quoting.Quote(words[2])}";
            remedy = DidYouMean.Suggest(
                words[2],
                TimeZoneInfo.GetSystemTimeZones().Select(each => each.Id).Where(IsZoneName),
                "Name one of IANA's, such as Europe/Berlin, America/New_York or UTC.");
            return null;
        }

        problem = "";
        return new DeployWindow { Text = text, Days = days, Begin = begin, End = end, Zone = zone };
    }

    public bool IsOpen(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Zone).DateTime;
        return Days.Contains(local.DayOfWeek) && (int)local.TimeOfDay.TotalMinutes is var minute && minute >= Begin && minute < End;
    }

    /// <summary>When it opens the next time; <paramref name="now"/> where it is open.</summary>
    public DateTimeOffset Opens(DateTimeOffset now)
    {
        if (IsOpen(now))
        {
            return now;
        }

        var today = TimeZoneInfo.ConvertTime(now, Zone).Date;
        for (var day = today; ; day = day.AddDays(1))
        {
            if (Days.Contains(day.DayOfWeek) && Openings(day).Where(opening => opening > now).Order().ToList() is [var first, ..])
            {
                return first;
            }
        }
    }

    /// <summary>A moment as a person there says it.</summary>
    public string At(DateTimeOffset moment) =>
        TimeZoneInfo.ConvertTime(moment, Zone).ToString("ddd d MMM yyyy HH:mm", CultureInfo.InvariantCulture) + " " + Zone.Id;

    public bool Equals(DeployWindow? other) => other?.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>
    /// When it opens on a day: twice where the clock is put back over it, at the jump where it is put forward over its begin.
    /// </summary>
    private IEnumerable<DateTimeOffset> Openings(DateTime day)
    {
        for (var minute = Begin; minute < End; minute++)
        {
            var local = day.AddMinutes(minute);
            if (!Zone.IsInvalidTime(local))
            {
                return Zone.IsAmbiguousTime(local)
                    ? Zone.GetAmbiguousTimeOffsets(local).Select(offset => new DateTimeOffset(local, offset))
                    : [new DateTimeOffset(local, Zone.GetUtcOffset(local))];
            }
        }

        return [];
    }

    private static ImmutableArray<DayOfWeek>? ParseDays(string text, out string problem)
    {
        var days = new SortedSet<DayOfWeek>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            var numbers = Array.ConvertAll(ends, name =>
                Array.FindIndex(s_days, day => day.Equals(name, StringComparison.OrdinalIgnoreCase)));
            if (ends.Length > 2 || Array.IndexOf(numbers, -1) >= 0)
            {
                problem = $"names a day that does not exist, {Quoting.Quote(ends.Length > 2 ? part : ends[Array.IndexOf(numbers, -1)])}";
                return null;
            }

            for (var day = numbers[0]; ; day = (day + 1) % s_days.Length)
            {
                days.Add((DayOfWeek)day);
                if (day == numbers[^1])
                {
                    break;
                }
            }
        }

        problem = "";
        return [.. days];
    }

    private static (int Begin, int End)? ParseHours(string text, out string problem)
    {
        var ends = text.Split('-');
        if (ends.Length != 2)
        {
            problem = $"has {Quoting.Quote(text)} where its hours are meant";
            return null;
        }

        if (Minute(ends[0]) is not { } begin || Minute(ends[1]) is not { } end || begin == LongestDayMinutes)
        {
            problem = $"has an hour that does not exist, in {Quoting.Quote(text)}";
            return null;
        }

        problem = end > begin ? "" : $"ends at {ends[1]}, and begins at {ends[0]}, which is not before; over midnight it is two windows";
        return end > begin ? (begin, end) : null;
    }

    private static int? Minute(string text) =>
        text is [>= '0' and <= '9', >= '0' and <= '9', ':', >= '0' and <= '9', >= '0' and <= '9']
        && ((text[0] - '0') * 10 + text[1] - '0', (text[3] - '0') * 10 + text[4] - '0') is var (hour, minute)
        && minute < 60 && hour * 60 + minute <= LongestDayMinutes
            ? hour * 60 + minute
            : null;

    /// <summary>IANA's, which mean the same on every machine: those of Windows, and offsets, do not.</summary>
    private static bool IsZoneName(string text) =>
        text == "UTC" || (text.Contains('/', StringComparison.Ordinal)
            && !text.StartsWith("posix/", StringComparison.Ordinal)
            && !text.StartsWith("right/", StringComparison.Ordinal)
            && !text.Contains("..", StringComparison.Ordinal)
            && text[0] != '/'
            && Shapes.IsOnly(text, "/_+-"));
}
