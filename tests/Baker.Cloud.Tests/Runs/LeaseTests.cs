using System.Diagnostics;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Tests.Runs;

internal sealed class LeaseTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void Parse_WhatWasWritten_IsTheSame()
    {
        var lease = new Lease(s_now, RunOwner.OfThisProcess());

        Assert.That(Lease.Parse(lease.ToString()), Is.EqualTo(lease));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("tomorrow")]
    public void Parse_NoLease_IsNull(string? text) => Assert.That(Lease.Parse(text), Is.Null);

    [Test]
    public void IsOver_OwnerLivesHere_IsNotWhateverTheTime() =>
        Assert.That(new Lease(s_now, RunOwner.OfThisProcess()).IsOver(s_now + TimeSpan.FromDays(1)), Is.False);

    [Test]
    public void IsOver_OwnerDiedHere_IsAtOnce()
    {
        var here = RunOwner.OfThisProcess();
        using var child = Process.Start("true");
        child.WaitForExit();

        Assert.That(new Lease(s_now + TimeSpan.FromHours(1), here with { ProcessId = child.Id }).IsOver(s_now), Is.True);
    }

    [Test]
    public void IsOver_ProcessIdUsedAgain_Is() =>
        Assert.That(new Lease(s_now, RunOwner.OfThisProcess() with { StartedAt = 1 }).IsOver(s_now), Is.True);

    [Test]
    public void IsOver_OwnerElsewhere_WhenItsTimeIsUp()
    {
        var lease = new Lease(s_now, RunOwner.OfThisProcess() with { Machine = "elsewhere" });

        Assert.That(lease.IsOver(s_now.AddSeconds(-1)), Is.False);
        Assert.That(lease.IsOver(s_now.AddSeconds(1)), Is.True);
    }

    [TestCase("a/1")]
    [TestCase("a/b/c")]
    [TestCase("")]
    public void OwnerParse_NoOwner_IsNull(string text) => Assert.That(RunOwner.Parse(text), Is.Null);
}
