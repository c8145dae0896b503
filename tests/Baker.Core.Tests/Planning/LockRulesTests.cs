using Baker.Core.Planning;
using FsCheck;
using FsCheck.Fluent;

namespace Baker.Core.Tests.Planning;

internal sealed class LockRulesTests
{
    [TestCase(false, 10, false, false, false, LockClaim.Refused, Description = "somebody alive")]
    [TestCase(false, 90, false, false, false, LockClaim.Refused, Description = "the lease is not over yet")]
    [TestCase(false, 91, false, false, false, LockClaim.Abandoned, Description = "silent for longer than its lease")]
    [TestCase(false, null, false, false, false, LockClaim.Refused, Description = "the cloud gave no time")]
    [TestCase(false, 1, true, false, false, LockClaim.Abandoned, Description = "its process is gone")]
    [TestCase(true, 10, false, false, false, LockClaim.Refused, Description = "it waits, and nobody may interrupt")]
    [TestCase(true, 10, false, true, false, LockClaim.Interruptible, Description = "it waits, and a rollback asks")]
    [TestCase(false, 10, false, true, false, LockClaim.Refused, Description = "it works, and a rollback asks")]
    [TestCase(true, 100, false, true, false, LockClaim.Abandoned, Description = "over before it is interrupted")]
    [TestCase(false, 10, false, false, true, LockClaim.Broken, Description = "the person said so")]
    public void Judge_HeldLock_IsWhatItsHolderAllows(bool waiting, int? silent, bool isGone, bool interrupts, bool breaks, LockClaim expected) =>
        Assert.That(LockRules.Judge(Of("a", 0, waiting), silent is { } age ? TimeSpan.FromSeconds(age) : null, isGone, interrupts, breaks), Is.EqualTo(expected));

    [Test]
    public void Judge_UnreadableLock_IsRefusedUnlessBroken() => Assert.Multiple(() =>
    {
        Assert.That(LockRules.Judge(null, TimeSpan.FromDays(1), isGone: true, interrupts: true, breakLock: false), Is.EqualTo(LockClaim.Refused));
        Assert.That(LockRules.Judge(null, null, isGone: false, interrupts: false, breakLock: true), Is.EqualTo(LockClaim.Broken));
    });

    /// <summary>Each write says which version it follows, and may have looked long before it wrote: whatever their order, the cloud's numbers
    /// name one holder, and who has it keeps it until somebody follows its last write.</summary>
    [Test]
    public void Holder_WritesInAnyOrder_IsOneWinner()
    {
        var writes = Gen.ArrayOf(Gen.Choose(0, 3).SelectMany(run => Gen.Choose(0, 4).Select(late => (Run: $"run-{run}", Late: late))));
        Prop.ForAll(writes.ToArbitrary(), all =>
        {
            var versions = new List<(long, LockRecord?)>();
            string? holder = null;
            foreach (var (run, late) in all)
            {
                var version = versions.Count + 1;
                var follows = Math.Max(0, version - 1 - late);
                versions.Add((version, Of(run, follows)));
                var wins = follows == version - 1 || run == holder;
                holder = wins ? run : holder;
                if (LockRules.Holder(versions)?.Run != holder)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Holder_TwoFollowTheSameVersion_IsTheFirst() =>
        Assert.That(LockRules.Holder([(1, Of("a", 0)), (2, Of("b", 1)), (3, Of("c", 1))])?.Run, Is.EqualTo("b"));

    [Test]
    public void TryParse_WhatWasWritten_IsTheSame()
    {
        var record = Of("run", 7, waiting: true) with { Process = "machine 1 2", Since = "2026-01-02T03:04:05Z" };
        Assert.That(LockRecord.TryParse(record.ToText()), Is.EqualTo(record));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{\"run\": {}}")]
    [TestCase("{\"run\": \"a\", \"owner\": \"b\", \"lease\": \"soon\"}")]
    public void TryParse_NoLock_IsNull(string text) => Assert.That(LockRecord.TryParse(text), Is.Null);

    private static LockRecord Of(string run, long after, bool waiting = false) =>
        new() { Run = run, Owner = "ann@host", Doing = "autoscale:update", Lease = TimeSpan.FromSeconds(90), After = after, Waiting = waiting };
}
