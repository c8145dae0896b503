using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>Which numbers CloudWatch takes (MetricDatum in its API reference): those from -2^360 to 2^360, and counts above 0.</summary>
internal static class MetricValues
{
    private static readonly double s_largest = Math.ScaleB(1, 360);

    /// <exception cref="CloudException">One of the data is not what CloudWatch takes, so that it takes none of them.</exception>
    public static void Check(IReadOnlyList<MetricDatum> data)
    {
        for (var i = 0; i < data.Count; i++)
        {
            Check(data[i], $"MetricData.member.{i + 1}");
        }
    }

    /// <exception cref="CloudException">One has no name or no value.</exception>
    public static void Check(IReadOnlyList<Dimension>? dimensions, string place)
    {
        for (var i = 0; i < dimensions?.Count; i++)
        {
            if (dimensions[i] is { Name: null or "" } or { Value: null or "" })
            {
                throw new CloudException("InvalidParameterValue", $"The parameter {place}.member.{i + 1} must have a Name and a Value.");
            }
        }
    }

    private static void Check(MetricDatum datum, string place)
    {
        if (string.IsNullOrEmpty(datum.MetricName))
        {
            throw new CloudException("MissingParameter", $"The parameter {place}.MetricName is required.");
        }

        Check(datum.Dimensions, $"{place}.Dimensions");
        Check(datum.Value, $"{place}.Value");
        if (datum.StatisticValues is { } set)
        {
            Check(set.Sum, $"{place}.StatisticValues.Sum");
            Check(set.Minimum, $"{place}.StatisticValues.Minimum");
            Check(set.Maximum, $"{place}.StatisticValues.Maximum");
            CheckCount(set.SampleCount, $"{place}.StatisticValues.SampleCount");
        }

        for (var i = 0; i < datum.Values?.Count; i++)
        {
            Check(datum.Values[i], $"{place}.Values.member.{i + 1}");
        }

        if (datum.Counts is not { Count: > 0 } counts)
        {
            return;
        }

        if (counts.Count != (datum.Values?.Count ?? 0))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"The parameters {place}.Values and {place}.Counts must be of the same size.");
        }

        for (var i = 0; i < counts.Count; i++)
        {
            CheckCount(counts[i], $"{place}.Counts.member.{i + 1}");
        }
    }

    private static void Check(double? value, string name)
    {
        if (value is { } given && !(Math.Abs(given) <= s_largest))
        {
            throw new CloudException(
                "InvalidParameterValue",
                FormattableString.Invariant($"The value {given} for parameter {name} is invalid."));
        }
    }

    private static void CheckCount(double? count, string name)
    {
        Check(count, name);
        if (count <= 0)
        {
            throw new CloudException(
                "InvalidParameterValue",
                FormattableString.Invariant($"The value {count} for parameter {name} must be greater than 0."));
        }
    }
}
