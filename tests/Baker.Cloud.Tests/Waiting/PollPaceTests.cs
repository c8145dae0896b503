using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class PollPaceTests
{
    [Test]
    public void Next_DurationKnown_IsWhenItIsDue() =>
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, TimeSpan.FromSeconds(40)), Is.EqualTo(TimeSpan.FromSeconds(40)));

    [Test]
    public void Next_PastDue_LooksOftenThenSeldom()
    {
        var due = TimeSpan.FromSeconds(40);

        Assert.That((PollPace.Aws.Next(due, due) - due).TotalSeconds, Is.EqualTo(0.8).Within(0.001));
        Assert.That(PollPace.Aws.Next(due * 4, due) - (due * 4), Is.EqualTo(PollPace.Aws.Longest));
    }

    [Test]
    public void Next_NothingKnown_GrowsFromTheFirstToTheLongestStep()
    {
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, null), Is.EqualTo(PollPace.Aws.First));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromSeconds(10), null).TotalSeconds, Is.EqualTo(13).Within(0.001));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromMinutes(10), null), Is.EqualTo(TimeSpan.FromMinutes(10) + PollPace.Aws.Longest));
    }
}
