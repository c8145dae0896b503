using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>The statistics of CloudWatch that the local cloud computes: the five plain ones, and percentiles.</summary>
internal static class MetricStatistic
{
    private static readonly string[] s_plain = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

    /// <summary>0.99 of <c>p99</c>; null where it is no percentile.</summary>
    public static double? PercentileOf(string? statistic) =>
        statistic is ['p', .. var number]
        && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and <= 100
            ? percent / 100
            : null;

    /// <exception cref="CloudException">It is none of these.</exception>
    public static void Check(string code, string? statistic)
    {
        if (statistic is not null && !s_plain.Contains(statistic) && PercentileOf(statistic) is null)
        {
            throw new CloudException(code, IsTrimmed(statistic)
                ? $"The local cloud does not compute the statistic {statistic}."
                : $"The value {statistic} for parameter Statistic is not supported.");
        }
    }

    private static bool IsTrimmed(string statistic) =>
        statistic.Length > 1 && new[] { "tm", "TM", "wm", "WM", "tc", "TC", "ts", "TS", "PR", "IQM" }
            .Any(each => statistic.StartsWith(each, StringComparison.Ordinal));
}
