using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>The five fields of a recurrence: minute, hour, day of month, month, day of week; in UTC.</summary>
internal sealed class Cron
{
    private static readonly (int Low, int High)[] s_ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private readonly HashSet<int>[] _fields;
    private readonly bool _anyDay;
    private readonly bool _anyWeekday;

    /// <exception cref="CloudException">The text is no recurrence.</exception>
    public Cron(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != s_ranges.Length)
        {
            throw Malformed(text);
        }

        _fields = [.. parts.Select((part, index) => Parse(part, index, text))];
        _anyDay = parts[2] == "*";
        _anyWeekday = parts[4] == "*";
    }

    /// <summary>The first minute after this time that the recurrence names; null where there is none within four years.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        var at = new DateTimeOffset(time.UtcDateTime.Date.AddHours(time.UtcDateTime.Hour).AddMinutes(time.UtcDateTime.Minute + 1), TimeSpan.Zero);
        for (var end = time.AddYears(4); at < end;)
        {
            if (!HasDay(at))
            {
                at = new DateTimeOffset(at.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
            }
            else if (!_fields[1].Contains(at.Hour))
            {
                at = at.AddMinutes(60 - at.Minute);
            }
            else if (!_fields[0].Contains(at.Minute))
            {
                at = at.AddMinutes(1);
            }
            else
            {
                return at;
            }
        }

        return null;
    }

    private bool HasDay(DateTimeOffset at)
    {
        var day = _fields[2].Contains(at.Day);
        var weekday = _fields[4].Contains((int)at.DayOfWeek) || (at.DayOfWeek == DayOfWeek.Sunday && _fields[4].Contains(7));

        // As cron has it: where both are named, either will do.
        return _fields[3].Contains(at.Month) && (_anyDay || _anyWeekday ? day && weekday : day || weekday);
    }

    private static HashSet<int> Parse(string field, int index, string whole)
    {
        var (low, high) = s_ranges[index];
        var values = new HashSet<int>();
        foreach (var part in field.Split(','))
        {
            var step = part.Split('/');
            var range = step[0] == "*" ? [$"{low}", $"{high}"] : step[0].Split('-');
            var from = Number(range[0], index, whole);
            var to = range.Length > 1 ? Number(range[1], index, whole) : step.Length > 1 ? high : from;
            var by = step.Length > 1 ? Number(step[1], index: 0, whole) : 1;
            if (from < low || to > high || from > to || by < 1)
            {
                throw Malformed(whole);
            }

            for (var value = from; value <= to; value += by)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static int Number(string text, int index, string whole)
    {
        var name = text.ToUpperInvariant();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : index == 4 && Array.IndexOf(s_days, name) is >= 0 and var day ? day
            : index == 3 && Array.IndexOf(s_months, name) is >= 0 and var month ? month + 1
            : throw Malformed(whole);
    }

    private static CloudException Malformed(string text) => new("ValidationError", $"Given recurrence string:{text} is invalid");
}
