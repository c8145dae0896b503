using System.Text.Json;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Tests.Fleets;

namespace Baker.LocalCloud.Tests.Alarms;

/// <summary>How alarms judge, and what they do then.</summary>
internal sealed class AlarmTests
{
    [Test]
    public async Task Alarm_OverItsThreshold_TellsItsTopic_AndAgainWhenItIsOver()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.01);
        await using var endpoint = new TopicTests.Endpoint();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;
        await TopicTests.SubscribeAsync(cloud, endpoint, topic);
        await cloud.Alarms.PutMetricAlarmAsync(Alarm(each => (each.AlarmActions, each.OKActions) = ([topic], [topic])));

        await Wait.UntilAsync(
            async () =>
            {
                // Said until it is heard: a period is 0.6 s here, and one point may be older than that before anybody looks.
                await cloud.Alarms.PutMetricDataAsync(new() { Namespace = "web", MetricData = [new() { MetricName = "errors", Value = 7 }] });
                return endpoint.Raw.Any(each => Says(JsonDocument.Parse(each).RootElement, "NewStateValue", "ALARM"));
            },
            "the alarm");
        var alarmed = await endpoint.NextAsync("Notification", each => Says(each, "NewStateValue", "ALARM"));
        var calm = await endpoint.NextAsync("Notification", each => Says(each, "OldStateValue", "ALARM"));

        Assert.That(alarmed.GetProperty("Subject").GetString(), Is.EqualTo("ALARM: \"errors\" in US East (N. Virginia)"));
        Assert.That(alarmed.GetProperty("Message").GetString(), Does.Contain("Threshold Crossed: 1 out of the last 1 datapoints [7.0 (").And.Contain("\"Threshold\":1"));
        Assert.That(Says(calm, "NewStateValue", "OK"), Is.True, calm.ToString());
        var history = (await cloud.Alarms.DescribeAlarmHistoryAsync(new() { AlarmName = "errors", HistoryItemType = HistoryItemType.Action })).AlarmHistoryItems;
        Assert.That(history.ConvertAll(each => each.HistorySummary), Has.All.EqualTo($"Successfully executed action {topic}"));
    }

    [Test]
    public async Task Alarm_SetByHandOrWithoutActions_DoesWhatItMay_AndSaysWhatItCannot()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.Alarms.PutMetricAlarmAsync(Alarm(each => each.AlarmActions = ["arn:aws:sns:us-east-1:000000000000:none", "arn:aws:lambda:us-east-1:000000000000:function:f"]));

        await cloud.Alarms.DisableAlarmActionsAsync(new() { AlarmNames = ["errors"] });
        await cloud.Alarms.SetAlarmStateAsync(new() { AlarmName = "errors", StateValue = StateValue.ALARM, StateReason = "silent" });
        await cloud.Alarms.SetAlarmStateAsync(new() { AlarmName = "errors", StateValue = StateValue.OK, StateReason = "back" });
        var silent = (await cloud.Alarms.DescribeAlarmHistoryAsync(new() { AlarmName = "errors", HistoryItemType = HistoryItemType.Action })).AlarmHistoryItems;
        await cloud.Alarms.EnableAlarmActionsAsync(new() { AlarmNames = ["errors"] });
        await cloud.Alarms.SetAlarmStateAsync(new() { AlarmName = "errors", StateValue = StateValue.ALARM, StateReason = "loud" });
        var loud = (await cloud.Alarms.DescribeAlarmHistoryAsync(new() { AlarmName = "errors", HistoryItemType = HistoryItemType.Action })).AlarmHistoryItems;

        Assert.That(silent ?? [], Is.Empty);
        Assert.That(loud.ConvertAll(each => each.HistorySummary), Is.EquivalentTo(new[]
        {
            "Failed to execute action arn:aws:sns:us-east-1:000000000000:none. The topic arn:aws:sns:us-east-1:000000000000:none does not exist",
            "Failed to execute action arn:aws:lambda:us-east-1:000000000000:function:f. The local cloud carries out no actions of lambda",
        }));
    }

    // 0 is calm, X over the threshold, - missing; the newest comes last ("Configuring how CloudWatch alarms treat missing data").
    [TestCase(3, 3, "0-X-X", "OK OK OK OK")]
    [TestCase(3, 3, "----0", "OK OK OK OK")]
    [TestCase(3, 3, "-----", "INSUFFICIENT_DATA - ALARM OK")]
    [TestCase(3, 3, "0XX-X", "ALARM ALARM ALARM ALARM")]
    [TestCase(3, 3, "--X--", "ALARM - ALARM OK")]
    [TestCase(2, 3, "0-X-X", "ALARM ALARM ALARM ALARM")]
    [TestCase(2, 3, "00X0X", "ALARM ALARM ALARM ALARM")]
    [TestCase(2, 3, "0-X--", "OK OK ALARM OK")]
    [TestCase(2, 3, "----0", "OK OK ALARM OK")]
    [TestCase(2, 3, "---X-", "ALARM - ALARM OK")]
    [TestCase(2, 3, "----X", "- - ALARM OK")]
    public void Alarm_WithDataMissing_IsJudgedAsCloudWatchDoes(int needed, int of, string data, string expected)
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(1);
        var metrics = new Baker.LocalCloud.Alarms.Metrics();
        for (var i = 0; i < data.Length; i++)
        {
            if (data[i] != '-')
            {
                metrics.Put("us-east-1", "web", "errors", [], "Count", now - TimeSpan.FromSeconds((60 * (data.Length - i)) - 30), data[i] == 'X' ? 5 : 0);
            }
        }

        var states = new[] { "missing", "ignore", "breaching", "notBreaching" }.Select(missing =>
        {
            var settings = Alarm(each => (each.DatapointsToAlarm, each.EvaluationPeriods, each.TreatMissingData) = (needed, of, missing));
            return Baker.LocalCloud.Alarms.AlarmData.Of(settings, metrics.Find("us-east-1", "web", "errors", null), now, TimeSpan.FromSeconds(60)).Judge(settings) ?? "-";
        });

        Assert.That(string.Join(' ', states), Is.EqualTo(expected));
    }

    [Test]
    public async Task Percentile_OfDataWithCounts_IsComputed_AndAnAlarmCanWatchIt()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.Alarms.PutMetricDataAsync(new()
        {
            Namespace = "web",
            MetricData = [new() { MetricName = "time", Unit = StandardUnit.Seconds, Values = [0.1, 0.2, 3], Counts = [90, 9, 1] }],
        });
        await cloud.Alarms.PutMetricAlarmAsync(Alarm(each => (each.MetricName, each.Statistic, each.ExtendedStatistic, each.Threshold, each.Period) = ("time", null, "p99.5", 2, 3600)));

        var read = (await cloud.Alarms.GetMetricStatisticsAsync(new()
        {
            Namespace = "web",
            MetricName = "time",
            StartTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-5),
            EndTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
            Period = 3600,
            Statistics = ["Maximum"],
            ExtendedStatistics = ["p50", "p99", "p99.9"],
        })).Datapoints.Single();

        Assert.That((read.ExtendedStatistics["p50"], read.ExtendedStatistics["p99"], read.ExtendedStatistics["p99.9"], read.Maximum, read.Unit.Value), Is.EqualTo((0.1, 0.2, 3.0, (double?)3, "Seconds")));
        await Wait.UntilAsync(async () => (await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms.Single().StateValue == StateValue.ALARM, "the alarm");
    }

    private static IEnumerable<TestCaseData> Refusals()
    {
        static TestCaseData Case(string name, Action<PutMetricAlarmRequest> more) => new TestCaseData(more).SetArgDisplayNames(name);
        yield return Case("an action that is no ARN", each => each.AlarmActions = ["email me"]);
        yield return Case("an ARN that is cut short", each => each.OKActions = ["arn:aws:sns"]);
        yield return Case("an action of another service", each => each.InsufficientDataActions = ["arn:aws:s3:us-east-1:000000000000:b"]);
        yield return Case("a topic of another Region", each => each.AlarmActions = ["arn:aws:sns:eu-west-1:000000000000:t"]);
        yield return Case("six actions", each => each.AlarmActions = [.. Enumerable.Repeat("arn:aws:sns:us-east-1:000000000000:t", 6)]);
        yield return Case("no statistic", each => each.Statistic = null);
        yield return Case("two statistics", each => each.ExtendedStatistic = "p99");
        yield return Case("a percentile over 100", each => (each.Statistic, each.ExtendedStatistic) = (null, "p101"));
        yield return Case("missing data as what is none", each => each.TreatMissingData = "good");
        yield return Case("no threshold", each => each.Threshold = null);
        yield return Case("more of fewer", each => each.DatapointsToAlarm = 2);
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task Alarm_ThatCloudWatchRefuses_IsAValidationError(Action<PutMetricAlarmRequest> more)
    {
        await using var cloud = await FleetCloud.OpenAsync();

        Assert.That(await Errors.CodeOfAsync(() => cloud.Alarms.PutMetricAlarmAsync(Alarm(more))), Is.EqualTo("ValidationError"));
    }

    private static bool Says(JsonElement notification, string key, string state) =>
        notification.GetProperty("Message").GetString()!.Contains($"\"{key}\":\"{state}\"", StringComparison.Ordinal);

    private static PutMetricAlarmRequest Alarm(Action<PutMetricAlarmRequest> more)
    {
        var alarm = new PutMetricAlarmRequest
        {
            AlarmName = "errors",
            Namespace = "web",
            MetricName = "errors",
            Statistic = Statistic.Maximum,
            Period = 60,
            EvaluationPeriods = 1,
            Threshold = 1,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            TreatMissingData = "notBreaching",
        };
        more(alarm);
        return alarm;
    }
}
