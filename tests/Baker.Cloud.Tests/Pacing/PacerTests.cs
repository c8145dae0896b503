using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
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

    public static IEnumerable<TestCaseData> Outages()
    {
        yield return Outage("a reset", () => new HttpRequestException("x", new IOException("y", new SocketException((int)SocketError.ConnectionReset))));
        yield return Outage("a refused connection", () => new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)));
        yield return Outage("no such host", () => new HttpRequestException(HttpRequestError.NameResolutionError, "x", new SocketException((int)SocketError.HostNotFound)));
        yield return Outage("TLS refused", () => new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new AuthenticationException("untrusted")));
        yield return Outage("TLS broken off", () => new IOException("Received an unexpected EOF or 0 bytes from the transport stream."));
        yield return Outage("half a reply", () => new HttpRequestException("x", new HttpIOException(HttpRequestError.ResponseEnded, "ended")));
        yield return Outage("what is no reply", () => new HttpIOException(HttpRequestError.InvalidResponse, "html"));
        yield return Outage("garbage", () => new AmazonUnmarshallingException("r", "here", new XmlException("no root")));
        yield return Outage("inside a client's", () => new AmazonClientException("x", new HttpRequestException("refused")));
        yield return Outage("inside a service's", () => new AmazonEC2Exception("x", new HttpRequestException("refused")));
        yield return Outage("a stumble", () => Error("InternalError", HttpStatusCode.InternalServerError));
        yield return Outage("a gateway", () => Error("", HttpStatusCode.BadGateway));
        yield return Outage("a client's own limit", () => new TaskCanceledException("x", new TimeoutException()));
        yield return Outage("silence", () => null);
    }

    [TestCaseSource(nameof(Outages))]
    public async Task Send_OutageOfAMinute_IsRiddenOut(Func<Exception?> failure)
    {
        var pacer = await AnsweredAsync();
        var began = _time.GetUtcNow();

        var answer = await pacer.SendAsync((_, stop) => _time.GetUtcNow() - began < TimeSpan.FromMinutes(1) ? Fail(failure(), stop) : Task.FromResult("done"), s_request, default);

        Assert.That(answer, Is.EqualTo("done"));
        Assert.That(pacer.Calls["DescribeImages"], Is.LessThan(30));
    }

    [Test]
    public async Task Send_Outage_IsSaidOnceAndSoIsItsEnd()
    {
        var said = new List<string>();
        var pacer = await AnsweredAsync(said.Add);
        var began = _time.GetUtcNow();
        Task<string> CallAsync(CancellationToken stop) => _time.GetUtcNow() - began < TimeSpan.FromMinutes(1) ? Fail(new SocketException((int)SocketError.ConnectionRefused), stop) : Task.FromResult("done");

        await pacer.SendAsync((_, stop) => CallAsync(stop), s_request, default);
        await pacer.SendAsync((_, stop) => CallAsync(stop), s_request, default);

        Assert.That(said, Has.Count.EqualTo(2));
        Assert.That(said[0], Does.Match(@"^The cloud cannot be reached: Connection refused\. It is tried for another 11\d s\.$"));
        Assert.That(said[1], Does.Match(@"^The cloud answers again, after 6\d s\.$"));
    }

    [Test]
    public async Task Send_ABlinkOfTheCloud_IsNotSaid()
    {
        var said = new List<string>();
        var pacer = await AnsweredAsync(said.Add);
        var calls = 0;

        await pacer.SendAsync((_, _) => ++calls < 3 ? throw new HttpRequestException("reset") : Task.FromResult("done"), s_request, default);

        Assert.That(said, Is.Empty);
    }

    [TestCaseSource(nameof(Outages))]
    public async Task Send_OutageForEver_EndsInTimeWithItsCause(Func<Exception?> failure)
    {
        var pacer = await AnsweredAsync();
        var began = _time.GetUtcNow();

        var error = await Assert.ThrowsAsync<BakerException>(() => pacer.SendAsync((_, stop) => Fail(failure(), stop), s_request, default));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("DescribeImages, tried for"));
        Assert.That(_time.GetUtcNow() - began, Is.InRange(TimeSpan.FromSeconds(110), TimeSpan.FromSeconds(130)));
    }

    [Test]
    public async Task Send_SilenceForEver_EndsAlsoTheCallsThatComeAfterInTime()
    {
        var pacer = await AnsweredAsync();
        var began = _time.GetUtcNow();

        for (var call = 0; call < 200; call++)
        {
            await Assert.ThrowsAsync<BakerException>(() => pacer.SendAsync((_, stop) => Fail(null, stop), s_request, default));
        }

        Assert.That(_time.GetUtcNow() - began, Is.LessThan(TimeSpan.FromMinutes(3)));
    }

    [TestCaseSource(nameof(Outages))]
    public async Task Send_NobodyEverAnswered_GivesUpSoon(Func<Exception?> failure)
    {
        var began = _time.GetUtcNow();

        await Assert.ThrowsAsync<BakerException>(() => new Pacer(_time).SendAsync((_, stop) => Fail(failure(), stop), s_request, default));

        Assert.That(_time.GetUtcNow() - began, Is.LessThan(TimeSpan.FromSeconds(31)));
    }

    [Test]
    public async Task Send_ARefusalBetween_IsAnAnswer()
    {
        var pacer = await AnsweredAsync();
        var began = _time.GetUtcNow();
        var calls = 0;
        async Task LookAsync() => await Assert.CatchAsync<AmazonEC2Exception>(() => pacer.SendAsync<DescribeImagesRequest, string>((_, _) => throw Error("InvalidAMIID.NotFound", HttpStatusCode.BadRequest), s_request, default));

        var answer = await pacer.SendAsync(
            async (_, stop) =>
            {
                await LookAsync();
                return _time.GetUtcNow() - began < TimeSpan.FromSeconds(100) || ++calls < 2 ? await Fail(new HttpRequestException("reset"), stop) : "done";
            },
            s_request,
            default);

        Assert.That(answer, Is.EqualTo("done"));
    }

    [Test]
    public async Task Send_NoCapacity_IsAnAnswerAtOnce()
    {
        var calls = 0;

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => new Pacer(_time).SendAsync<DescribeImagesRequest, string>((_, _) => throw Error(calls++ < 0 ? "x" : "InsufficientInstanceCapacity", HttpStatusCode.InternalServerError), s_request, default));

        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_EndpointHasNoSuchOperation_IsToldAfterAFewTimes()
    {
        var pacer = await AnsweredAsync();
        var calls = 0;

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => pacer.SendAsync<DescribeImagesRequest, string>((_, _) => throw Error(calls++ < 0 ? "x" : "", HttpStatusCode.InternalServerError), s_request, default));

        Assert.That(calls, Is.EqualTo(5));
    }

    [TestCase(true, 1)]
    [TestCase(false, 3)]
    public async Task SendOnce_ReplyLost_IsSentAgainOnlyWhereNothingWasMade(bool isMade, int expected)
    {
        var calls = 0;

        var answer = await new Pacer(_time).SendOnceAsync(
            (_, _) => ++calls < 3 ? throw new HttpRequestException("reset") : Task.FromResult("replied"),
            s_request,
            _ => Task.FromResult(isMade ? "found" : null),
            default);

        Assert.That((answer, calls), Is.EqualTo((isMade ? "found" : "replied", expected)));
    }

    [Test]
    public async Task Send_InterruptedInACallThatIsNotBrokenOff_ComesToItsEnd()
    {
        using var stop = new CancellationTokenSource();

        var answer = await new Pacer(_time).SendAsync(
            async (_, token) =>
            {
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
                return "done";
            },
            s_request,
            stop.Token,
            breaksOff: false);

        Assert.That(answer, Is.EqualTo("done"));
    }

    [Test]
    public async Task Send_InterruptedInAnOutage_SaysInterrupted()
    {
        using var stop = new CancellationTokenSource();

        await Assert.CatchAsync<OperationCanceledException>(() => new Pacer(_time).SendAsync<DescribeImagesRequest, string>(
            (_, _) =>
            {
                stop.Cancel();
                throw new HttpRequestException("reset");
            },
            s_request,
            stop.Token));
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

    private static TestCaseData Outage(string name, Func<Exception?> failure) => new(failure) { TestName = "{m} " + name };

    private async Task<Pacer> AnsweredAsync(Action<string>? say = null)
    {
        var pacer = new Pacer(_time) { Say = say };
        await pacer.SendAsync((_, _) => Task.FromResult("done"), s_request, default);
        return pacer;
    }

    /// <summary>Fails; with nothing it is silent until it is given up.</summary>
    private static async Task<string> Fail(Exception? failure, CancellationToken stop)
    {
        if (failure is not null)
        {
            throw failure;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        return "never";
    }

    private static AmazonEC2Exception Error(string code, HttpStatusCode status) => new("no", ErrorType.Sender, code, "request", status);
}
