using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Tests.Fleets;

namespace Baker.LocalCloud.Tests.Alarms;

public sealed class MetricTests
{
    private static readonly double s_largest = Math.ScaleB(1, 360);

    private static IEnumerable<TestCaseData> Refused()
    {
        foreach (var value in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, Math.BitIncrement(s_largest), -Math.BitIncrement(s_largest) })
        {
            yield return Of("Value", new() { Value = value });
            yield return Of("Values.member.2", new() { Values = [1, value] });
            yield return Of("Counts.member.1", new() { Values = [1], Counts = [value] });
            yield return Of("StatisticValues.Sum", new() { StatisticValues = new() { Sum = value, SampleCount = 1, Minimum = 0, Maximum = 0 } });
            yield return Of("StatisticValues.Minimum", new() { StatisticValues = new() { Sum = 0, SampleCount = 1, Minimum = value, Maximum = 0 } });
            yield return Of("StatisticValues.Maximum", new() { StatisticValues = new() { Sum = 0, SampleCount = 1, Minimum = 0, Maximum = value } });
        }

        yield return Of("StatisticValues.SampleCount", new() { StatisticValues = new() { Sum = 0, SampleCount = 0, Minimum = 0, Maximum = 0 } });
        yield return Of("Counts", new() { Values = [1, 2], Counts = [1] });

        static TestCaseData Of(string place, MetricDatum datum) => new TestCaseData(datum, place).SetArgDisplayNames(place, $"{datum.Value ?? datum.StatisticValues?.Sum}");
    }

    [TestCaseSource(nameof(Refused))]
    public async Task Data_WithANumberThatCloudWatchDoesNotTake_AreRefusedAltogether(MetricDatum datum, string place)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        datum.MetricName = "bad";

        var refused = (await Assert.ThrowsAsync<InvalidParameterValueException>(() => cloud.Alarms.PutMetricDataAsync(new()
        {
            Namespace = "web",
            MetricData = [new() { MetricName = "good", Value = s_largest }, datum],
        })))!;

        Assert.That(refused.Message, Does.Contain($"MetricData.member.2.{place}"));
        Assert.That((await cloud.Alarms.ListMetricsAsync(new())).Metrics ?? [], Is.Empty);
    }

    [Test]
    public async Task Threshold_ThatIsNoNumber_IsRefused()
    {
        await using var cloud = await FleetCloud.OpenAsync();

        var refused = (await Assert.ThrowsAsync<AmazonCloudWatchException>(() => cloud.Alarms.PutMetricAlarmAsync(new()
        {
            AlarmName = "errors",
            Namespace = "web",
            MetricName = "errors",
            Statistic = Statistic.Sum,
            Period = 60,
            EvaluationPeriods = 1,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            Threshold = double.NaN,
        })))!;

        Assert.That(refused.ErrorCode, Is.EqualTo("ValidationError"));
    }
}
