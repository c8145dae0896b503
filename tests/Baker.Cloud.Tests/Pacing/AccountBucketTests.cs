namespace Baker.Cloud.Tests.Pacing;

internal sealed class AccountBucketTests
{
    [TestCase(1, 0.02)]
    [TestCase(1, 0.3)]
    [TestCase(2, 0.02)]
    [TestCase(2, 0.3)]
    [TestCase(20, 0.02)]
    [TestCase(20, 0.3)]
    [TestCase(100, 0.02)]
    [TestCase(100, 0.3)]
    public void Calls_MoreThanTheAccountGives_TakeLittleLongerThanItsRate(double rate, double roundTrip)
    {
        var account = new SimulatedAccount(rate, burst: 10, roundTrip);
        var first = account.Call(50);
        var refusedAtFirst = account.Refused;
        var count = (int)Math.Max(50, rate * 30);

        var seconds = account.Call(count);

        Assert.That(first, Is.LessThan((40 / rate * 1.15) + 1.5));
        Assert.That(refusedAtFirst, Is.LessThanOrEqualTo(60), "hardly more than the burst that nobody could foresee");
        Assert.That(seconds, Is.LessThan(count / rate * 1.25));
        Assert.That(account.Refused - refusedAtFirst, Is.LessThan(count * 0.15));
    }

    [Test]
    public void Calls_AfterAPause_UseTheBurst()
    {
        var account = new SimulatedAccount(rate: 20, burst: 10, roundTrip: 0.02);
        account.Call(54);
        account.Rest(5);
        var refused = account.Refused;

        var seconds = account.Call(50);

        Assert.That(seconds, Is.LessThan(50 / 20.0), "without the burst it would be 2.5 s");
        Assert.That(account.Refused - refused, Is.LessThan(12));
    }

    [TestCase(2, 0.05)]
    [TestCase(2, 0.5)]
    [TestCase(20, 0.01)]
    public void Calls_AFewNowAndThen_AreNotHeldBackByAGuessMadeEarly(double rate, double roundTrip)
    {
        var account = new SimulatedAccount(rate, burst: 10, roundTrip);
        account.Call(5);

        var launches = account.Call(10);
        account.Rest(24 / rate);
        account.Call(2);
        account.Rest(50 / rate);
        var images = account.Call(10);

        Assert.That(launches, Is.LessThan((5 / rate * 1.5) + 1.5));
        Assert.That(images, Is.LessThan(10 / rate), "the account had them all in its bucket");
        Assert.That(account.Refused, Is.LessThan(15));
    }

    [Test]
    public void Calls_AllRefusedForAMinute_AreFewAndSoonQuickAgain()
    {
        var account = new SimulatedAccount(rate: 20, burst: 10, roundTrip: 0.02) { ClosedUntil = 60 };

        var seconds = account.Call(55);

        Assert.That(seconds, Is.LessThan(60 + 20));
        Assert.That(account.Refused, Is.LessThan(55 + 60), "one a second once the first burst is refused");
    }

    [Test]
    public void Calls_NoneRefused_AreNotHeldBack()
    {
        var account = new SimulatedAccount(rate: 1000, burst: 1000, roundTrip: 0.02);

        var seconds = account.Call(500);

        Assert.That(seconds, Is.LessThan(0.1));
        Assert.That(account.LearnedRate, Is.Null);
    }
}
