using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>How far back an alarm may look (PutMetricAlarm in CloudWatch's API reference).</summary>
internal static class AlarmPeriods
{
    private const long Day = 24 * 3600;

    /// <exception cref="CloudException">The periods are none, or too many.</exception>
    public static void Check(PutMetricAlarmRequest request)
    {
        AtLeastOne("evaluationPeriods", request.EvaluationPeriods);
        AtLeastOne("datapointsToAlarm", request.DatapointsToAlarm);
        AtLeastOne("period", request.Period);
        var period = request.Period ?? 60;
        if (period is not (10 or 20 or 30) && period % 60 != 0)
        {
            throw new CloudException("ValidationError", "Metric period must be 10, 20, 30 or a multiple of 60.");
        }

        var (days, most) = period >= 3600 ? ("7 days", 7 * Day) : ("a day", Day);
        if ((long)period * (request.EvaluationPeriods ?? 1) > most)
        {
            throw new CloudException(
                "ValidationError",
                $"Metrics cannot be checked across more than {days} (EvaluationPeriods * Period must be <= {most}).");
        }

        if (request.DatapointsToAlarm > (request.EvaluationPeriods ?? 1))
        {
            throw new CloudException("ValidationError", "DatapointsToAlarm must not be greater than EvaluationPeriods.");
        }
    }

    private static void AtLeastOne(string name, int? value)
    {
        if (value < 1)
        {
            throw new CloudException(
                "ValidationError",
                RequiredMember.Wrong("", name, $"'{value}'", "Member must have value greater than or equal to 1").Message);
        }
    }
}
