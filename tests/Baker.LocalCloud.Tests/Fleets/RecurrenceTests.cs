using Amazon.AutoScaling;
using Baker.LocalCloud.AutoScaling;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Recurrences of scheduled actions, as crontab(5) has them, and the time zones that AWS adds.</summary>
internal sealed class RecurrenceTests
{
    [TestCase("0 22 * * MON-FRI", "2026-01-02T22:00", "2026-01-05T22:00")] // a Friday, then a Monday
    [TestCase("*/20 6 * * *", "2026-01-02T06:20", "2026-01-02T06:40")]
    [TestCase("5/20 * * * *", "2026-01-02T06:30", "2026-01-02T06:45")]
    [TestCase("0 0 * * 7", "2026-01-01T00:00", "2026-01-04T00:00")]
    [TestCase("0 0 * * sun", "2026-01-01T00:00", "2026-01-04T00:00")]
    [TestCase("0 0 * * FRI-7", "2026-01-03T01:00", "2026-01-04T00:00")]
    [TestCase("30 0 1 1,6,12 *", "2026-01-01T00:30", "2026-06-01T00:30")] // AWS's own example
    [TestCase("0\t0  1   Feb-apr *", "2026-01-01T00:00", "2026-02-01T00:00")]
    public void Recurrence_AfterATime_GivesTheNext(string recurrence, string after, string next) =>
        Assert.That(new Recurrence(recurrence, null).After(Utc(after)), Is.EqualTo(Utc(next)));

    [TestCase("2026-01-01T00:00", "2028-02-29T12:00")]
    [TestCase("2096-02-29T12:00", "2104-02-29T12:00")] // 2100 is no leap year
    public void Recurrence_OnFebruary29_WaitsForALeapYear(string after, string next) =>
        Assert.That(new Recurrence("0 12 29 2 *", null).After(Utc(after)), Is.EqualTo(Utc(next)));

    [TestCase("0 0 13 * FRI", "2026-01-01T00:00", "2026-01-02T00:00")] // a Friday
    [TestCase("0 0 13 * FRI", "2026-01-09T00:00", "2026-01-13T00:00")] // the 13th, a Tuesday
    [TestCase("0 0 */2 * MON", "2026-01-01T00:00", "2026-01-05T00:00")] // a field that begins with a star names no day: odd Mondays
    [TestCase("0 0 */2 * MON", "2026-01-05T00:00", "2026-01-19T00:00")]
    public void Recurrence_OfDaysOfMonthAndWeek_IsAtEither(string recurrence, string after, string next) =>
        Assert.That(new Recurrence(recurrence, null).After(Utc(after)), Is.EqualTo(Utc(next)));

    [TestCase("0 9 * * *", "2026-03-27T12:00", "2026-03-28T08:00")] // Berlin's winter: UTC+1
    [TestCase("0 9 * * *", "2026-03-28T12:00", "2026-03-29T07:00")] // its summer begins on March 29
    [TestCase("0 9 * * *", "2026-10-24T12:00", "2026-10-25T08:00")] // and ends on October 25
    [TestCase("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:00")] // 02:30 does not come that day: at once when the clock has jumped
    [TestCase("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30")] // 02:30 comes twice: the first counts
    [TestCase("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30")]
    [TestCase("30 * * * *", "2026-10-25T00:30", "2026-10-25T01:30")] // every hour has both
    public void Recurrence_InATimeZone_FollowsItsClock(string recurrence, string after, string next) =>
        Assert.That(new Recurrence(recurrence, "Europe/Berlin").After(Utc(after)), Is.EqualTo(Utc(next)));

    [Test]
    public void Recurrence_OfEitherDayInATimeZone_FollowsItsCalendar() =>
        Assert.That(new Recurrence("0 0 1 * MON", "Pacific/Auckland").After(Utc("2026-01-05T00:00")), Is.EqualTo(Utc("2026-01-11T11:00")));

    [TestCase("")]
    [TestCase("0 0 * *")]
    [TestCase("0 0 0 * * *")]
    [TestCase("cron(0 0 * * ? *)")]
    [TestCase("@daily")]
    [TestCase("0 0 L * *")]
    [TestCase("0 0 L-3 * *")]
    [TestCase("0 0 LW * *")]
    [TestCase("0 0 15W * *")]
    [TestCase("0 0 * * 5L")]
    [TestCase("0 0 * * MON#2")]
    [TestCase("0 0 ? * *")]
    [TestCase("0 0 * * ?")]
    [TestCase("H 0 * * *")]
    [TestCase("0 22-4 * * *")]
    [TestCase("0 0 * * SAT-SUN")]
    [TestCase("60 0 * * *")]
    [TestCase("0 24 * * *")]
    [TestCase("0 0 0 * *")]
    [TestCase("0 0 32 * *")]
    [TestCase("0 0 * 13 *")]
    [TestCase("0 0 * * 8")]
    [TestCase("0 0 JAN * *")]
    [TestCase("0 0 * MON *")]
    [TestCase("-1 0 * * *")]
    [TestCase("*/0 0 * * *")]
    [TestCase("1, 0 * * *")]
    [TestCase("1-2-3 0 * * *")]
    [TestCase("0 0 30 2 *")]
    [TestCase("99999999999 0 * * *")]
    public void Recurrence_ThatCrontabDoesNotKnow_IsAValidationError(string recurrence)
    {
        var refused = Assert.Throws<CloudException>(() => _ = new Recurrence(recurrence, null))!;
        Assert.That((refused.Code, refused.Message), Is.EqualTo(("ValidationError", $"Given recurrence string:{recurrence} is invalid")));
    }

    [TestCase("")]
    [TestCase("Mars/Olympus")]
    [TestCase("../../../etc/passwd")]
    [TestCase("Pacific Standard Time")] // Windows' name for it
    public void Recurrence_InAnUnknownTimeZone_IsAValidationError(string zone) =>
        Assert.That(Assert.Throws<CloudException>(() => _ = new Recurrence("0 0 * * *", zone))!.Code, Is.EqualTo("ValidationError"));

    [Test]
    public async Task ScheduledAction_InATimeZone_StartsByItsClock_AndShowsIt()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);

        await cloud.Groups.PutScheduledUpdateGroupActionAsync(new()
        {
            AutoScalingGroupName = "web",
            ScheduledActionName = "noon",
            Recurrence = "0 12 * * *",
            TimeZone = "Asia/Kolkata",
            DesiredCapacity = 1,
        });

        var described = await cloud.Groups.DescribeScheduledActionsAsync(new() { AutoScalingGroupName = "web" });
        var action = described.ScheduledUpdateGroupActions.Single();
        Assert.That(
            (action.TimeZone, action.StartTime!.Value.ToUniversalTime().TimeOfDay), Is.EqualTo(("Asia/Kolkata", new TimeSpan(6, 30, 0))));
    }

    [TestCase("0 0 30 2 *", null, false)]
    [TestCase("@hourly", null, true)]
    [TestCase("0 0 * * *", "Nowhere", true)]
    [TestCase(null, null, false)]
    public async Task ScheduledAction_ThatCannotBe_IsAValidationError(string? recurrence, string? zone, bool hasStart)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);

        var refused = (await Assert.ThrowsAsync<AmazonAutoScalingException>(() => cloud.Groups.PutScheduledUpdateGroupActionAsync(new()
        {
            AutoScalingGroupName = "web",
            ScheduledActionName = "never",
            Recurrence = recurrence,
            TimeZone = zone,
            StartTime = hasStart ? TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(1) : null,
            DesiredCapacity = 1,
        })))!;

        Assert.That(refused.ErrorCode, Is.EqualTo("ValidationError"));
    }

    [Test]
    public async Task ScheduledAction_RecurringSinceThePast_IsAValidationError()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);

        var refused = (await Assert.ThrowsAsync<AmazonAutoScalingException>(() => cloud.Groups.PutScheduledUpdateGroupActionAsync(new()
        {
            AutoScalingGroupName = "web",
            ScheduledActionName = "late",
            Recurrence = "0 0 * * *",
            StartTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1),
            DesiredCapacity = 1,
        })))!;

        Assert.That((refused.ErrorCode, refused.Message), Is.EqualTo(("ValidationError", "Given start time is in the past")));
    }

    [TestCase(2, 1, "Given end time is not after the start time")]
    [TestCase(2, 2, "Given end time is not after the start time")]
    [TestCase(null, -1, "Given end time is in the past")]
    public async Task ScheduledAction_ThatEndsBeforeItStarts_IsAValidationError(int? start, int end, string message)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;

        var refused = (await Assert.ThrowsAsync<AmazonAutoScalingException>(() => cloud.Groups.PutScheduledUpdateGroupActionAsync(new()
        {
            AutoScalingGroupName = "web",
            ScheduledActionName = "over",
            Recurrence = "0 0 * * *",
            StartTime = start is { } days ? now.AddDays(days) : null,
            EndTime = now.AddDays(end),
            DesiredCapacity = 1,
        })))!;

        Assert.That((refused.ErrorCode, refused.Message), Is.EqualTo(("ValidationError", message)));
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text + "Z", System.Globalization.CultureInfo.InvariantCulture);
}
