using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Cloud.Tests.Waiting;
using Baker.Core;

namespace Baker.Cloud.Tests.Pacing;

internal sealed class PacerTests
{
    private static readonly DescribeImagesRequest s_request = new();
    private readonly ManualTime _time = new();

    [Test]
    public async Task Send_ThrottledForAMinute_GoesThrough()
    {
        var began = _time.GetUtcNow();
        var pacer = new Pacer(_time);

        var answer = await pacer.SendAsync((_, _) => _time.GetUtcNow() - began < TimeSpan.FromMinutes(1) ? throw Error("RequestLimitExceeded", HttpStatusCode.ServiceUnavailable) : Task.FromResult("done"), s_request, default);

        Assert.That(answer, Is.EqualTo("done"));
        Assert.That(pacer.Calls["DescribeImages"], Is.LessThan(60), "fewer than one a second");
        Assert.That(pacer.Rates.Single(), Is.LessThan(2));
    }

    [Test]
    public async Task Send_ThrottledForEver_SaysSo()
    {
        var pacer = new Pacer(_time) { ThrottlePatience = TimeSpan.FromMinutes(2) };

        var error = await Assert.ThrowsAsync<BakerException>(() => pacer.SendAsync<DescribeImagesRequest, string>((_, _) => throw Error("Throttling", HttpStatusCode.BadRequest), s_request, default));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("DescribeImages").And.Contain("2 minutes"));
    }

    [Test]
    public async Task Send_ReplyLost_IsSentAgain()
    {
        var calls = 0;

        var answer = await new Pacer(_time).SendAsync((_, _) => ++calls < 3 ? throw new HttpRequestException("reset") : Task.FromResult("done"), s_request, default);

        Assert.That((answer, calls), Is.EqualTo(("done", 3)));
    }

    [Test]
    public async Task SendOnce_ReplyLost_IsNotSentAgain()
    {
        var calls = 0;

        await Assert.ThrowsAsync<HttpRequestException>(() => new Pacer(_time).SendOnceAsync<DescribeImagesRequest, string>((_, _) => throw new HttpRequestException($"{++calls}"), s_request, default));

        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_Refused_IsNotSentAgain()
    {
        var calls = 0;

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => new Pacer(_time).SendAsync<DescribeImagesRequest, string>((_, _) => throw Error($"Unauthorized{++calls}", HttpStatusCode.Forbidden), s_request, default));

        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Take_InterruptedInTheQueue_EndsAndTakesNoTurn()
    {
        var bucket = new CallBucket(TimeProvider.System);
        await bucket.TakeAsync(CallOrder.Change, 0, CancellationToken.None);
        bucket.Refused(TimeProvider.System.GetTimestamp());
        using var stop = new CancellationTokenSource();

        var given = bucket.TakeAsync(CallOrder.Change, 1, stop.Token);
        var kept = bucket.TakeAsync(CallOrder.Change, 2, CancellationToken.None);
        await stop.CancelAsync();

        await Assert.CatchAsync<OperationCanceledException>(() => given);
        await kept;
    }

    [Test]
    public async Task Take_QueuedTogether_BringsOnWhatHasBegunBeforeLaunching()
    {
        var bucket = new CallBucket(TimeProvider.System);
        await bucket.TakeAsync(CallOrder.Change, 0, CancellationToken.None);
        bucket.Refused(TimeProvider.System.GetTimestamp());
        var turns = new List<string>();
        async Task Take(CallOrder order, long askedAt, string name)
        {
            await bucket.TakeAsync(order, askedAt, CancellationToken.None);
            lock (turns)
            {
                turns.Add(name);
            }
        }

        await Task.WhenAll(
            Take(CallOrder.Launch, 1, "first launch"),
            Take(CallOrder.Launch, 2, "second launch"),
            Take(CallOrder.Change, 3, "stop"),
            Take(CallOrder.Look, 4, "look"));

        Assert.That(turns, Is.EqualTo(new[] { "look", "stop", "first launch", "second launch" }));
    }

    [Test]
    public async Task Send_ThroughDifferentExpressions_SharesTheBucketOfTheService()
    {
        var pacer = new Pacer(TimeProvider.System);
        var refusals = 1;
        Func<DescribeImagesRequest, CancellationToken, Task<string>> call = (_, _) => refusals-- > 0 ? throw Error("RequestLimitExceeded", HttpStatusCode.ServiceUnavailable) : Task.FromResult("done");
        await pacer.SendAsync(call, s_request, default);

        var stopped = await pacer.SendAsync((_, _) => Task.FromResult("stopped"), new StopInstancesRequest(), default);

        Assert.That(stopped, Is.EqualTo("stopped"));
        Assert.That(pacer.Calls, Is.EquivalentTo(new Dictionary<string, int> { ["DescribeImages"] = 2, ["StopInstances"] = 1 }));
        Assert.That(pacer.Rates, Has.Exactly(1).Items.And.All.Not.Null, "one service, one bucket");
    }

    [Test]
    public void Bucket_ManyRefusedTogether_LowersItsRateOnce()
    {
        var account = new AccountBucket();
        account.Sent(0);
        account.Refused(0, 1);
        var first = account.Rate;

        account.Refused(0.1, 1.1);
        account.Refused(0.2, 1.2);

        Assert.That(account.Rate, Is.EqualTo(first));
    }

    private static AmazonEC2Exception Error(string code, HttpStatusCode status) => new("no", ErrorType.Sender, code, "request", status);
}
