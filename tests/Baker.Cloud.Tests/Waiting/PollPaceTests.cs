using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class PollPaceTests
{
    private static readonly LearntTime s_learnt = new(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(44));

    [Test]
    public void Next_TimeLearnt_IsWhenItWasLastNotReady() =>
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, s_learnt), Is.EqualTo(s_learnt.NotYet));

    [Test]
    public void Next_BetweenNotReadyAndReady_TakesEightStepsAtMost()
    {
        var looks = new List<TimeSpan> { s_learnt.NotYet };
        while (looks[^1] < s_learnt.Ready)
        {
            looks.Add(PollPace.Aws.Next(looks[^1], s_learnt));
        }

        Assert.That(looks, Has.Count.EqualTo(9));
        Assert.That(looks[^1], Is.EqualTo(s_learnt.Ready));
    }

    [Test]
    public void Next_PastDue_LooksEverMoreSeldom()
    {
        var soon = PollPace.Aws.Next(s_learnt.Ready, s_learnt) - s_learnt.Ready;
        var later = PollPace.Aws.Next(s_learnt.Ready * 1.1, s_learnt) - (s_learnt.Ready * 1.1);

        Assert.That(soon.TotalSeconds, Is.EqualTo(0.5).Within(0.001));
        Assert.That(later, Is.GreaterThan(soon));
        Assert.That(PollPace.Aws.Next(s_learnt.Ready * 4, s_learnt) - (s_learnt.Ready * 4), Is.EqualTo(PollPace.Aws.Longest));
    }

    [Test]
    public void Next_NothingKnown_GrowsFromTheFirstToTheLongestStep()
    {
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, null), Is.EqualTo(PollPace.Aws.First));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromSeconds(40), null).TotalSeconds, Is.EqualTo(45).Within(0.001));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromMinutes(10), null), Is.EqualTo(TimeSpan.FromMinutes(10) + PollPace.Aws.Longest));
    }
}
