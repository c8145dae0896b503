using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Alarms;

/// <summary>What a topic is told of an alarm ("Notify users on alarm changes", CloudWatch).</summary>
internal static class AlarmMessage
{
    private const int LongestSubject = 100;

    private static readonly Dictionary<string, string> s_regions = new(StringComparer.Ordinal)
    {
        ["us-east-1"] = "US East (N. Virginia)",
        ["us-east-2"] = "US East (Ohio)",
        ["us-west-1"] = "US West (N. California)",
        ["us-west-2"] = "US West (Oregon)",
        ["eu-west-1"] = "EU (Ireland)",
        ["eu-central-1"] = "EU (Frankfurt)",
        ["ap-southeast-1"] = "Asia Pacific (Singapore)",
        ["ap-southeast-2"] = "Asia Pacific (Sydney)",
        ["ap-northeast-1"] = "Asia Pacific (Tokyo)",
    };

    public static string SubjectOf(AlarmEvent happened)
    {
        var subject = $"{happened.Alarm.State}: \"{happened.Alarm.Name}\" in {RegionOf(happened.Alarm)}";
        return subject.Length <= LongestSubject ? subject : subject[..(LongestSubject - 3)] + "...";
    }

    public static string TextOf(AlarmEvent happened)
    {
        var (alarm, settings) = (happened.Alarm, happened.Alarm.Settings);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("AlarmName", alarm.Name);
            json.WriteString("AlarmDescription", settings.AlarmDescription);
            json.WriteString("AWSAccountId", Identifiers.AccountId);
            json.WriteString("AlarmConfigurationUpdatedTimestamp", AlarmReasonData.Text(alarm.ConfiguredAt));
            json.WriteString("NewStateValue", alarm.State);
            json.WriteString("NewStateReason", alarm.Reason);
            json.WriteString("StateChangeTime", AlarmReasonData.Text(happened.At));
            json.WriteString("Region", RegionOf(alarm));
            json.WriteString("AlarmArn", alarm.Arn);
            json.WriteString("OldStateValue", happened.From);
            Actions(json, "OKActions", settings.OKActions);
            Actions(json, "AlarmActions", settings.AlarmActions);
            Actions(json, "InsufficientDataActions", settings.InsufficientDataActions);
            Trigger(json, settings);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Trigger(Utf8JsonWriter json, PutMetricAlarmRequest settings)
    {
        json.WriteStartObject("Trigger");
        json.WriteString("MetricName", settings.MetricName);
        json.WriteString("Namespace", settings.Namespace);
        json.WriteString("StatisticType", settings.ExtendedStatistic is null ? "Statistic" : "ExtendedStatistic");
        if (settings.ExtendedStatistic is { } extended)
        {
            json.WriteString("ExtendedStatistic", extended);
        }
        else
        {
            json.WriteString("Statistic", settings.Statistic?.Value.ToUpper(CultureInfo.InvariantCulture));
        }

        json.WriteString("Unit", settings.Unit?.Value);
        json.WriteStartArray("Dimensions");
        foreach (var dimension in settings.Dimensions ?? [])
        {
            json.WriteStartObject();
            json.WriteString("value", dimension.Value);
            json.WriteString("name", dimension.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("Period", settings.Period ?? 60);
        json.WriteNumber("EvaluationPeriods", settings.EvaluationPeriods ?? 1);
        json.WriteNumber("DatapointsToAlarm", settings.DatapointsToAlarm ?? settings.EvaluationPeriods ?? 1);
        json.WriteString("ComparisonOperator", settings.ComparisonOperator?.Value);
        json.WriteNumber("Threshold", settings.Threshold ?? 0);
        json.WriteString("TreatMissingData", settings.TreatMissingData ?? "missing");
        json.WriteString("EvaluateLowSampleCountPercentile", settings.EvaluateLowSampleCountPercentile ?? "");
        json.WriteEndObject();
    }

    private static void Actions(Utf8JsonWriter json, string name, List<string>? actions)
    {
        json.WriteStartArray(name);
        actions?.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    private static string RegionOf(AlarmRecord alarm) => s_regions.GetValueOrDefault(alarm.Region, alarm.Region);
}
