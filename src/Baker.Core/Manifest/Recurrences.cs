using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>When a schedule recurs: crontab(5)'s five fields, minute to day of week, as Auto Scaling takes them.</summary>
internal static class Recurrences
{
    private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The last day of each month, of February in a leap year.</summary>
    private static readonly int[] s_last = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    public static bool IsOne(string text) =>
        text.Split(' ') is [var minute, var hour, var day, var month, var weekday]
        && Values(minute, 0, 59, []) is not null
        && Values(hour, 0, 23, []) is not null
        && Values(day, 1, 31, []) is not null
        && Values(month, 1, 12, s_months) is not null
        && Values(weekday, 0, 7, s_days) is not null;

    /// <summary>Whether a recurrence's day comes in any year: the 30th of February does not.</summary>
    public static bool Comes(string text) =>
        text.Split(' ') is not [_, _, var day, var month, var weekday]
        || Values(day, 1, 31, []) is not { } days
        || Values(month, 1, 12, s_months) is not { } months
        || (day[0] != '*' && weekday[0] != '*') // where both are named, either will do
        || months.Exists(one => days.Exists(each => each <= s_last[one - 1]));

    /// <summary>The same as any cron reads it: to most SUN is 0, and FRI-SUN a range that runs backwards, where 5-7 is none.</summary>
    public static string Plain(string text)
    {
        var at = text.LastIndexOf(' ') + 1;
        return text[..at] + string.Join(',', text[at..].Split(',').Select(item =>
            item.Split('/') is [var range, .. var step] && range.Contains('-') && Range(range, false, 0, 7, s_days) is (var low, 7)
                ? string.Join('/', [string.Create(CultureInfo.InvariantCulture, $"{low}-7"), .. step])
                : item));
    }

    /// <summary>What a list of numbers, names, ranges and steps comes to; null where it is none.</summary>
    private static List<int>? Values(string text, int from, int to, string[] names)
    {
        var values = new List<int>();
        foreach (var item in text.Split(','))
        {
            var parts = item.Split('/');
            var step = 1;
            if (parts.Length > 2 || (parts.Length == 2 && !(TryNumber(parts[1], out step) && step > 0))
                || Range(parts[0], parts.Length == 2, from, to, names) is not var (low, high))
            {
                return null;
            }

            for (long value = low; value <= high; value += step)
            {
                values.Add((int)value);
            }
        }

        return values;
    }

    private static (int Low, int High)? Range(string text, bool isStepped, int from, int to, string[] names)
    {
        if (text == "*")
        {
            return (from, to);
        }

        var ends = text.Split('-');
        var low = Place(ends[0], from, to, names);
        var high = ends.Length == 2 ? Place(ends[1], from, to, names) : isStepped ? to : low;
        if (high == 0 && low > 0 && names == s_days && !char.IsAsciiDigit(ends[1][0]))
        {
            high = 7; // FRI-SUN ends with the week, for which there are the numbers 0 and 7
        }

        return ends.Length <= 2 && low >= 0 && low <= high ? (low, high) : null;
    }

    /// <summary>The number that is meant; -1 where it is none of the field's.</summary>
    private static int Place(string text, int from, int to, string[] names) =>
        TryNumber(text, out var number)
            ? number >= from && number <= to ? number : -1
            : Array.IndexOf(names, text.ToUpperInvariant()) is >= 0 and var at ? at + from : -1;

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
