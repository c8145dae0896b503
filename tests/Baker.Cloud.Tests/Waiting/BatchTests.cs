using System.Collections.Concurrent;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class BatchTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(100);

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
            s_moment,
            TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => batch.AddAsync($"i-{number}", CancellationToken.None)));

        Assert.That(calls, Is.EqualTo(new[] { 50 }));
    }

    [Test]
    public async Task Add_OneIsRefused_OnlyItsCallerHears()
    {
        var batch = new Batch(
            (ids, _) => ids.Contains("bad") ? Task.FromException(new InvalidOperationException("no such thing")) : Task.CompletedTask,
            s_moment,
            TimeProvider.System);

        var good = batch.AddAsync("good", CancellationToken.None);
        var bad = batch.AddAsync("bad", CancellationToken.None);

        await good;
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
    }
}
