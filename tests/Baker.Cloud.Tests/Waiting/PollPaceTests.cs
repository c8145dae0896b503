using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class PollPaceTests
{
    private static readonly LearnedTime s_learned = new(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(44));

    [Test]
    public void Next_TimeLearned_IsWhenItWasLastNotReady() =>
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, s_learned), Is.EqualTo(s_learned.NotYet));

    [Test]
    public void Next_BetweenNotReadyAndReady_TakesEightStepsAtMost()
    {
        var looks = new List<TimeSpan> { s_learned.NotYet };
        while (looks[^1] < s_learned.Ready)
        {
            looks.Add(PollPace.Aws.Next(looks[^1], s_learned));
        }

        Assert.That(looks, Has.Count.EqualTo(9));
        Assert.That(looks[^1], Is.EqualTo(s_learned.Ready));
    }

    [Test]
    public void Next_PastDue_LooksEverMoreSeldom()
    {
        var soon = PollPace.Aws.Next(s_learned.Ready, s_learned) - s_learned.Ready;
        var later = PollPace.Aws.Next(s_learned.Ready * 1.1, s_learned) - (s_learned.Ready * 1.1);

        Assert.That(soon.TotalSeconds, Is.EqualTo(0.5).Within(0.001));
        Assert.That(later, Is.GreaterThan(soon));
        Assert.That(PollPace.Aws.Next(s_learned.Ready * 4, s_learned) - (s_learned.Ready * 4), Is.EqualTo(PollPace.Aws.Longest));
    }

    [Test]
    public void Next_NothingKnown_GrowsFromTheFirstToTheLongestStep()
    {
        Assert.That(PollPace.Aws.Next(TimeSpan.Zero, null), Is.EqualTo(PollPace.Aws.First));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromSeconds(40), null).TotalSeconds, Is.EqualTo(45).Within(0.001));
        Assert.That(PollPace.Aws.Next(TimeSpan.FromMinutes(10), null), Is.EqualTo(TimeSpan.FromMinutes(10) + PollPace.Aws.Longest));
    }
}
