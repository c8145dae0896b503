using Baker.Cli.Serving;

namespace Baker.Cli.Tests.Consoles;

internal sealed class ConsoleFeedTests
{
    [Test]
    public async Task Feed_ManyViewers_OneLookForAll()
    {
        var looks = 0;
        using var stop = new CancellationTokenSource();
        var feed = new ConsoleFeed(_ => Task.FromResult($"{{\"look\":{Interlocked.Increment(ref looks)}}}"), TimeSpan.FromDays(1), TimeProvider.System);
        var running = feed.RunAsync(_ => null, stop.Token);
        var before = Volatile.Read(ref looks);
        var next = feed.Now.Next;
        var viewers = Enumerable.Range(0, 50).Select(_ => feed.Join()).ToList();
        await next;
        viewers.AddRange(Enumerable.Range(0, 50).Select(_ => feed.Join()));

        Assert.That((before, looks), Is.EqualTo((0, 1)), "none while nobody looks, then one");
        Assert.That(feed.Now.State, Has.Property("Text").EqualTo("{\"look\":1}").And.Property("Version").EqualTo(1));
        viewers.ForEach(viewer => viewer.Dispose());
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Feed_NothingChanges_PausesGrowToEightTimes()
    {
        using var stop = new CancellationTokenSource();
        var time = new QuickTime(most: 16);
        var feed = new ConsoleFeed(_ => Task.FromResult("{}"), TimeSpan.FromSeconds(5), time);
        using var viewer = feed.Join();
        var running = feed.RunAsync(_ => null, stop.Token);
        await Wait.UntilAsync(() => Task.FromResult(time.Waits.Count == 16));
        await stop.CancelAsync();

        Assert.That(time.Waits[0], Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(time.Waits, Is.Ordered);
        Assert.That(time.Waits[^1], Is.EqualTo(TimeSpan.FromSeconds(40)));
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Feed_LastViewerGone_LooksNoMore()
    {
        var looks = 0;
        using var stop = new CancellationTokenSource();
        var time = new QuickTime(most: 1000);
        ConsoleFeed? feed = null;
        IDisposable? viewer = null;
        feed = new ConsoleFeed(
            _ =>
            {
                if (++looks == 3)
                {
                    viewer!.Dispose();
                }

                return Task.FromResult("{}");
            },
            TimeSpan.FromSeconds(5),
            time);
        viewer = feed.Join();
        var running = feed.RunAsync(_ => null, stop.Token);
        await Wait.UntilAsync(() => Task.FromResult(time.Waits.Count >= 3));

        Assert.That(looks, Is.EqualTo(3));
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Feed_LookFails_LastStateStaysWithTheReason()
    {
        var looks = 0;
        using var stop = new CancellationTokenSource();
        var feed = new ConsoleFeed(
            _ => ++looks == 1 ? Task.FromResult("{}") : throw new InvalidOperationException("throttled"),
            TimeSpan.FromSeconds(5),
            new QuickTime(most: 2));
        using var viewer = feed.Join();
        var running = feed.RunAsync(error => error.Message, stop.Token);
        await Wait.UntilAsync(() => Task.FromResult(feed.Now.State.Problem is not null));

        Assert.That(feed.Now.State, Has.Property("Text").EqualTo("{}").And.Property("Problem").EqualTo("throttled"));
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }
}
