using System.Globalization;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>What a metric alarm must be (PutMetricAlarm in CloudWatch's API reference).</summary>
internal static class AlarmChecks
{
    private const int MostActions = 5;

    private static readonly string[] s_services =
        ["sns", "autoscaling", "automate", "swf", "ssm", "ssm-incidents", "lambda", "aiops", "ec2"];
    private static readonly string[] s_missing = ["breaching", "notBreaching", "ignore", "missing"];

    /// <exception cref="CloudException">It is none.</exception>
    public static void Check(Call call, PutMetricAlarmRequest request)
    {
        foreach (var actions in new[] { request.AlarmActions, request.OKActions, request.InsufficientDataActions })
        {
            if (actions?.Count > MostActions)
            {
                throw Wrong(string.Create(CultureInfo.InvariantCulture, $"An alarm can have at most {MostActions} actions for a state"));
            }

            actions?.ForEach(each => CheckAction(call, each));
        }

        if (request.TreatMissingData is { } missing && !s_missing.Contains(missing))
        {
            throw Wrong($"TreatMissingData '{missing}' must be one of {string.Join(", ", s_missing)}");
        }

        if (request.MetricName is null)
        {
            return;
        }

        if (request.Statistic is not null == request.ExtendedStatistic is not null)
        {
            throw Wrong("Exactly one of Statistic and ExtendedStatistic must be specified");
        }

        MetricStatistic.Check("ValidationError", request.Statistic?.Value ?? request.ExtendedStatistic);
        if (request.EvaluateLowSampleCountPercentile is { } low
            && (low is not ("evaluate" or "ignore") || request.ExtendedStatistic is null))
        {
            throw Wrong("EvaluateLowSampleCountPercentile must be 'evaluate' or 'ignore', and is for percentiles only");
        }

        if (request.ThresholdMetricId is null && request.Threshold is null)
        {
            throw Wrong("A threshold must be specified");
        }
    }

    private static void CheckAction(Call call, string action)
    {
        if (action.Split(':') is not ["arn", { Length: > 0 }, { Length: > 0 } service, var region, _, { Length: > 0 }, ..])
        {
            throw Wrong($"Invalid arn syntax: {action}");
        }

        if (!s_services.Contains(service))
        {
            throw Wrong($"Invalid use of service '{service}' in an alarm action: {action}");
        }

        if (region.Length > 0 && region != call.Region)
        {
            throw Wrong($"Invalid region {region} specified. Only {call.Region} is supported.");
        }
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);
}
