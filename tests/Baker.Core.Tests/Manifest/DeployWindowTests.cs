using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Tests.Manifest;

/// <summary>When a window is open, and when it opens next: also where the clocks change.</summary>
public sealed class DeployWindowTests
{
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T08:00:00Z", true)]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T07:59:59Z", false)]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T14:59:59Z", true)]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T15:00:00Z", false)]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-27T10:00:00Z", false)]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-07-02T07:00:00Z", true)]
    [TestCase("Fri-Mon 00:00-24:00 UTC", "2026-11-29T23:59:59Z", true)]
    [TestCase("Fri-Mon 00:00-24:00 UTC", "2026-12-01T00:00:00Z", false)]
    [TestCase("tue,THU 10:00-11:00 America/New_York", "2026-11-26T15:30:00Z", true)]
    [TestCase("Sun 02:00-03:00 Europe/Berlin", "2026-10-25T00:30:00Z", true)]
    [TestCase("Sun 02:00-03:00 Europe/Berlin", "2026-10-25T01:30:00Z", true)]
    public void IsOpen_AMoment_IsWhetherTheClockThereIsWithinIt(string text, string moment, bool isOpen) =>
        Assert.That(Window(text).IsOpen(Moment(moment)), Is.EqualTo(isOpen));

    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z")]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T07:00:00Z", "2026-11-26T08:00:00Z")]
    [TestCase("Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-26T15:00:00Z", "2026-11-30T08:00:00Z")]
    [TestCase("Mon 09:00-16:00 UTC", "2026-11-30T16:00:00Z", "2026-12-07T09:00:00Z")]
    [TestCase("Sun 02:30-04:00 Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z")] // half past two does not exist: at three
    [TestCase("Sun 02:30-02:45 Europe/Berlin", "2026-03-29T00:00:00Z", "2026-04-05T00:30:00Z")] // nor does the whole window
    [TestCase("Sun 02:30-02:45 Europe/Berlin", "2026-10-25T00:50:00Z", "2026-10-25T01:30:00Z")] // it comes twice
    public void Opens_AMoment_IsTheNextAtWhichItIsOpen(string text, string moment, string opens) =>
        Assert.That(Window(text).Opens(Moment(moment)), Is.EqualTo(Moment(opens)));

    [Test]
    public void Opens_AnyMoment_IsTheFirstMinuteThatIsOpen()
    {
        var random = new Random(7);
        string[] zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"];
        string[] days = ["Mon", "Sat-Sun", "Wed,Fri", "Fri-Tue"];
        for (var round = 0; round < 300; round++)
        {
            var begin = random.Next(0, 1438);
            var end = random.Next(begin + 1, 1440);
            var window = Window(string.Create(
                CultureInfo.InvariantCulture,
                $"{days[round % days.Length]} {begin / 60:00}:{begin % 60:00}-{end / 60:00}:{end % 60:00} {zones[round % zones.Length]}"));
            var now = Moment("2026-01-01T00:00:00Z").AddMinutes(random.Next(0, 365 * 24 * 60));
            var expected = now;
            while (!window.IsOpen(expected))
            {
                expected = expected.AddMinutes(1);
            }

            Assert.That(window.Opens(now), Is.EqualTo(expected), $"{window.Text} at {now:O}");
        }
    }

    [Test]
    public void At_AMoment_IsAsPeopleThereSayIt() => Assert.That(
        Window("Mon-Thu 09:00-16:00 Europe/Berlin").At(Moment("2026-11-30T08:00:00Z")),
        Is.EqualTo("Mon 30 Nov 2026 09:00 Europe/Berlin"));

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static DeployWindow Window(string text) => DeployWindow.TryParse(text, out var problem, out _)
        ?? throw new ArgumentException(problem, nameof(text));
}
