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

    private static readonly DateTime s_now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [TestCase(1, 1_441, "InvalidParameterCombination")]
    [TestCase(1, 315_360_000, "InvalidParameterCombination")]
    [TestCase(7, 60, "InvalidParameterValue")]
    [TestCase(0, 60, "InvalidParameterValue")]
    [TestCase(-60, 60, "InvalidParameterValue")]
    [TestCase(90, 60, "InvalidParameterValue")]
    [TestCase(int.MaxValue, 60, "InvalidParameterValue")]
    [TestCase(60, 0, "InvalidParameterValue")]
    [TestCase(60, -60, "InvalidParameterValue")]
    [TestCase(1, 1_440, "none")]
    [TestCase(2147483640, 250_000_000_000, "none")]
    public async Task Statistics_OfASpan_AreGivenWhereCloudWatchGivesThem(int period, long seconds, string expected)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var code = await Errors.CodeOfAsync(() => cloud.Alarms.GetMetricStatisticsAsync(new()
        {
            Namespace = "web",
            MetricName = "errors",
            StartTime = s_now,
            EndTime = s_now.AddSeconds(seconds),
            Period = period,
            Statistics = ["Sum"],
        }));

        Assert.That(code, Is.EqualTo(expected));
    }

    [Test]
    public async Task Data_OfAnySpan_AreThoseOfThePeriodsThatHaveSome()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var start = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-10);
        await cloud.Alarms.PutMetricDataAsync(new()
        {
            Namespace = "web",
            MetricData =
            [
                new() { MetricName = "errors", Value = 1, Timestamp = start.AddSeconds(61) },
                new() { MetricName = "errors", Value = 2, Timestamp = start.AddSeconds(119) },
                new() { MetricName = "errors", Value = 4, Timestamp = start.AddSeconds(300) },
            ],
        });
        GetMetricDataRequest Request(DateTime end, int? most = null, string? token = null) => new()
        {
            StartTime = start,
            EndTime = end,
            MaxDatapoints = most,
            NextToken = token,
            MetricDataQueries = [new() { Id = "e", MetricStat = new() { Metric = new() { Namespace = "web", MetricName = "errors" }, Period = 60, Stat = "Sum" } }],
        };

        var all = await cloud.Alarms.GetMetricDataAsync(Request(new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc)));
        var first = await cloud.Alarms.GetMetricDataAsync(Request(TimeProvider.System.GetUtcNow().UtcDateTime, most: 1));
        var second = await cloud.Alarms.GetMetricDataAsync(Request(TimeProvider.System.GetUtcNow().UtcDateTime, most: 1, token: first.NextToken));

        Assert.That(all.MetricDataResults[0].Values, Is.EqualTo(new[] { 4d, 3d }));
        Assert.That((first.MetricDataResults[0].Values[0], first.MetricDataResults[0].StatusCode.Value), Is.EqualTo((4d, "PartialData")));
        Assert.That((second.MetricDataResults[0].Values[0], second.NextToken), Is.EqualTo((3d, default(string))));
        Assert.That(await Errors.CodeOfAsync(() => cloud.Alarms.GetMetricDataAsync(Request(TimeProvider.System.GetUtcNow().UtcDateTime, most: 100_801))), Is.EqualTo("ValidationError"));
    }

    [TestCase(60, int.MaxValue, 1)]
    [TestCase(int.MaxValue, 1, 1)]
    [TestCase(7, 1, 1)]
    [TestCase(60, 0, 1)]
    [TestCase(60, 1, 2)]
    public async Task Alarm_ThatLooksFurtherBackThanItMay_IsRefused(int period, int periods, int needed)
    {
        await using var cloud = await FleetCloud.OpenAsync();

        var code = await Errors.CodeOfAsync(() => cloud.Alarms.PutMetricAlarmAsync(new()
        {
            AlarmName = "errors",
            Namespace = "web",
            MetricName = "errors",
            Statistic = Statistic.Sum,
            Period = period,
            EvaluationPeriods = periods,
            DatapointsToAlarm = needed,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            Threshold = 1,
        }));

        Assert.That(code, Is.EqualTo("ValidationError"));
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
