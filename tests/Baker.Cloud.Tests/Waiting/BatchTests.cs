using System.Collections.Concurrent;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class BatchTests
{
    [Test]
    public async Task Add_ManyWithinAMoment_IsOneCall()
    {
        var calls = new ConcurrentQueue<int>();
        var batch = new Batch(
            (ids, _) =>
            {
                calls.Enqueue(ids.Count);
                return Task.CompletedTask;
            },
            () => 50,
            TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => batch.AddAsync([$"i-{number}"], CancellationToken.None)));

        Assert.That(calls, Is.EqualTo(new[] { 50 }));
    }

    [Test]
    public async Task Add_EverybodyHasAsked_WaitsForNobody()
    {
        var time = new ManualTime();
        var batch = new Batch((_, _) => Task.CompletedTask, () => 1, time);
        var before = time.GetTimestamp();

        await batch.AddAsync(["i-1"], CancellationToken.None);

        Assert.That(time.GetTimestamp(), Is.EqualTo(before), "no moment was waited");
    }

    [Test]
    public async Task Add_SomeNeverAsk_IsSentAfterAMoment()
    {
        var batch = new Batch((_, _) => Task.CompletedTask, () => 2, new ManualTime());

        await batch.AddAsync(["i-1"], CancellationToken.None);
    }

    [Test]
    public async Task Add_OneIsRefused_OnlyItsCallerHears()
    {
        var batch = new Batch(
            (ids, _) => ids.Contains("bad") ? Task.FromException(new InvalidOperationException("no such thing")) : Task.CompletedTask,
            () => 2,
            TimeProvider.System);

        var good = batch.AddAsync(["good"], CancellationToken.None);
        var bad = batch.AddAsync(["bad"], CancellationToken.None);

        await good;
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
    }
}
