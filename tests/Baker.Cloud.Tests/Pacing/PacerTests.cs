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

        var answer = await pacer.SendAsync((_, _) => _time.GetUtcNow() - began < TimeSpan.FromMinutes(1) ? throw Error("RequestLimitExceeded", HttpStatusCode.ServiceUnavailable) : Task.FromResult("done"), s_request, default, "EC2.DescribeImagesAsync");

        Assert.That(answer, Is.EqualTo("done"));
        Assert.That(pacer.Calls["DescribeImages"], Is.LessThan(60), "fewer than one a second");
        Assert.That(pacer.Rate, Is.LessThan(2));
    }

    [Test]
    public async Task Send_ThrottledForEver_SaysSo()
    {
        var pacer = new Pacer(_time) { ThrottlePatience = TimeSpan.FromMinutes(2) };

        var error = await Assert.ThrowsAsync<BakerException>(() => pacer.SendAsync<DescribeImagesRequest, string>((_, _) => throw Error("Throttling", HttpStatusCode.BadRequest), s_request, default, "EC2.DescribeImagesAsync"));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("DescribeImages").And.Contain("2 minutes"));
    }

    [Test]
    public async Task Send_ReplyLost_IsSentAgain()
    {
        var calls = 0;

        var answer = await new Pacer(_time).SendAsync((_, _) => ++calls < 3 ? throw new HttpRequestException("reset") : Task.FromResult("done"), s_request, default, "EC2.RunInstancesAsync");

        Assert.That((answer, calls), Is.EqualTo(("done", 3)));
    }

    [Test]
    public async Task SendOnce_ReplyLost_IsNotSentAgain()
    {
        var calls = 0;

        await Assert.ThrowsAsync<HttpRequestException>(() => new Pacer(_time).SendOnceAsync<DescribeImagesRequest, string>((_, _) => throw new HttpRequestException($"{++calls}"), s_request, default, "EC2.CreateImageAsync"));

        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_Refused_IsNotSentAgain()
    {
        var calls = 0;

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => new Pacer(_time).SendAsync<DescribeImagesRequest, string>((_, _) => throw Error($"Unauthorized{++calls}", HttpStatusCode.Forbidden), s_request, default, "EC2.CreateImageAsync"));

        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Take_InterruptedInTheQueue_EndsAndTakesNoTurn()
    {
        var bucket = new CallBucket(TimeProvider.System);
        await bucket.TakeAsync(0, CancellationToken.None);
        bucket.Refused(TimeProvider.System.GetTimestamp());
        using var stop = new CancellationTokenSource();

        var given = bucket.TakeAsync(1, stop.Token);
        var kept = bucket.TakeAsync(2, CancellationToken.None);
        await stop.CancelAsync();

        await Assert.CatchAsync<OperationCanceledException>(() => given);
        await kept;
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
