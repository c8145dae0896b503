using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class SharedPollTests
{
    private static readonly Expectation s_soon = new("thing", TimeSpan.FromMinutes(5), "the thing");

    [Test]
    public async Task Until_ManyWait_EachLookAsksForAllOfThem()
    {
        var looks = new List<int>();
        var time = new ManualTime();
        var began = time.GetUtcNow();
        var poll = Poll(time, ids =>
        {
            looks.Add(ids.Count);
            return time.GetUtcNow() - began > TimeSpan.FromSeconds(60) ? ids : [];
        });

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => poll.UntilAsync($"i-{number}", state => state is not null, s_soon, CancellationToken.None)));

        Assert.That(looks, Has.Count.LessThan(150), "fifty waits share their looks");
        Assert.That(looks.Max(), Is.GreaterThan(25));
    }

    [Test]
    public async Task Until_NeverSeen_TimesOut()
    {
        var poll = Poll(new ManualTime(), _ => []);

        var error = await Assert.ThrowsAsync<BakerException>(() => poll.UntilAsync("i-1", state => state is not null, s_soon, CancellationToken.None));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Is.EqualTo("the thing was not seen within 5 minutes"));
    }

    [Test]
    public async Task Until_OneJudgementThrows_TheOtherWaitGoesOn()
    {
        var looks = 0;
        var poll = Poll(new ManualTime(), ids => ++looks < 5 ? [] : ids);

        var bad = poll.UntilAsync("i-1", _ => throw new InvalidOperationException("no"), s_soon, CancellationToken.None);
        var good = poll.UntilAsync("i-2", state => state is not null, s_soon, CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        Assert.That(await good, Is.EqualTo("i-2"));
    }

    [Test]
    public async Task Until_LookFails_IsToldToTheWaiter()
    {
        var poll = Poll(new ManualTime(), _ => throw new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => poll.UntilAsync("i-1", _ => true, s_soon, CancellationToken.None));
    }

    [Test]
    public async Task Until_Stopped_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        var poll = new SharedPoll<string>(
            (_, _) => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>()), PollPace.Aws, Timings.None(), TimeProvider.System, () => TimeSpan.Zero);

        var wait = poll.UntilAsync("i-1", _ => false, s_soon, stop.Token);
        await stop.CancelAsync();

        await Assert.CatchAsync<OperationCanceledException>(() => wait);
    }

    private static SharedPoll<string> Poll(TimeProvider time, Func<IReadOnlyList<string>, IReadOnlyList<string>> look) => new(
        (ids, _) => Task.FromResult<IReadOnlyDictionary<string, string>>(look(ids).ToDictionary(id => id)),
        PollPace.Aws,
        Timings.None(),
        time,
        () => TimeSpan.Zero);
}
