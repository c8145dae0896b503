using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>Requests whose end the next server may see elsewhere: none of them reaches a target in a second meaning.</summary>
public sealed class SmugglingTests
{
    private const string Second = "GET /smuggled HTTP/1.1\r\nHost: here\r\n\r\n";

    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Second, TestName = "LengthAndChunks")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Second, TestName = "ChunksAndLength")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + Second, TestName = "TwoLengths")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 0, 44\r\n\r\n" + Second, TestName = "ListOfLengths")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n" + Second, TestName = "NegativeLength")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 0x10\r\n\r\n" + Second, TestName = "HexadecimalLength")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999999999999999\r\n\r\n" + Second, TestName = "LengthTooLarge")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: +5\r\n\r\nhello" + Second, TestName = "LengthWithASign")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 000000000000000000000000000005\r\n\r\nhello" + Second, TestName = "LengthOfManyDigits")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nX-Content-Length: a\0b\r\n\r\n" + Second, TestName = "NullInKeptLength")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nContent-Length : 5\r\n\r\nhello" + Second, TestName = "SpaceBeforeColon")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nX: a\r\n Content-Length: 5\r\n\r\nhello" + Second, TestName = "FoldedHeader")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n" + Second, TestName = "ChunkWithoutSize")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n" + Second, TestName = "NegativeChunk")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n" + Second, TestName = "ChunkLongerThanItsSize")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n" + Second, TestName = "ChunkTooLarge")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Second, TestName = "ChunksNotLast")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Second, TestName = "UnknownEncoding")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + Second, TestName = "TwoEncodings")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + Second, TestName = "ChunksInChunks")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Second, TestName = "ChunksTwice")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + Second, TestName = "PackedChunks")]
    [TestCase("POST / HTTP/1.0\r\nHost: here\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Second, TestName = "ChunksInHttp10")]
    [TestCase("POST / HTTP/1.1\nHost: here\nContent-Length: 0\n\n" + Second, TestName = "BareLineFeeds")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nX: a\rContent-Length: 44\r\n\r\n" + Second, TestName = "BareCarriageReturn")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nX: a\0b\r\n\r\n" + Second, TestName = "NullInHeader")]
    [TestCase("POST / HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n" + Second, TestName = "TwoHosts")]
    [TestCase("POST / HTTP/1.1\r\n\r\n" + Second, TestName = "NoHost")]
    [TestCase("GET /a b HTTP/1.1\r\nHost: here\r\n\r\n" + Second, TestName = "SpaceInTarget")]
    [TestCase("hello\r\n\r\n" + Second, TestName = "NoHttp")]
    public async Task Request_OfTwoMeanings_IsRefused_AndEndsItsConnection(string request)
    {
        var seen = new ConcurrentQueue<string>();
        await using var stage = new Stage().To(async context =>
        {
            seen.Enqueue(context.Request.Path);
            await context.Request.Body.CopyToAsync(Stream.Null);
        });

        var answer = await stage.SayAsync(request);

        Assert.That(answer, Does.Match(@"\AHTTP/1\.1 (400|501) "));
        Assert.That(answer.Split("HTTP/1.1 "), Has.Length.EqualTo(2), "one answer, then the end");
        Assert.That(seen, Has.None.EqualTo("/smuggled"));
    }

    [TestCase("Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n")]
    [TestCase("Content-Length: 2\r\n", "hi")]
    public async Task Header_NamedLikeTheLengthThatKestrelKeeps_ReachesTheTargetAsItWas(string length, string body)
    {
        var seen = new ConcurrentQueue<string>();
        await using var stage = new Stage().To(async context =>
        {
            seen.Enqueue(context.Request.Headers["X-Content-Length"].ToString());
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });

        var answer = await stage.SayAsync($"POST / HTTP/1.1\r\nHost: here\r\nX-Content-Length: 9\r\n{length}Connection: close\r\n\r\n{body}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 200 ").And.Contain("hi"));
        Assert.That(seen, Is.EqualTo(new[] { "9" }));
    }

    // Kestrel has no place for its own then, and ends the connection without a word.
    [Test]
    public async Task Request_OfTwoMeanings_WithAHeaderNamedLikeTheKeptLength_ReachesNoTarget()
    {
        var seen = new ConcurrentQueue<string>();
        await using var stage = new Stage().To(context =>
        {
            seen.Enqueue(context.Request.Path);
            return Task.CompletedTask;
        });

        await stage.SayAsync("POST / HTTP/1.1\r\nHost: here\r\nX-Content-Length: 9\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Second);

        Assert.That(seen, Is.Empty);
    }

    [TestCase("Transfer-Encoding: gzip, chunked", "501 Not Implemented")]
    [TestCase("Content-Length: 2\r\nTransfer-Encoding: chunked", "400 Bad Request")]
    public async Task Refusal_OfABodyOfTwoMeanings_HasElbsPage(string headers, string words)
    {
        await using var stage = new Stage().To(context => context.Request.Body.CopyToAsync(Stream.Null));

        var answer = await stage.SayAsync($"POST / HTTP/1.1\r\nHost: here\r\n{headers}\r\n\r\n0\r\n\r\n");

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {words}\r\n").And.Contain($"<h1>{words}</h1>").And.Contain("Connection: close\r\n"));
    }

    [Test]
    public async Task Requests_OneAfterTheOtherAtOnce_AreTwoRequests()
    {
        await using var stage = new Stage().To(context => context.Response.WriteAsync($"[{context.Request.Path}]"));

        var answer = await stage.SayAsync("POST /first HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhelloGET /second HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");

        Assert.That((answer.IndexOf("[/first]", StringComparison.Ordinal), answer.IndexOf("[/second]", StringComparison.Ordinal)), Is.GreaterThan((0, 0)));
    }

    [Test]
    public async Task Response_OfTwoMeanings_IsNotPassedOn()
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\nhi");
        });

        var answer = await stage.SayAsync("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.Not.Contain("Content-Length: 2\r\nContent-Length: 40"));
    }

    [TestCase("gzip, chunked", 501)]
    [TestCase("chunked, chunked", 400)]
    [TestCase("Chunked", 200)]
    public async Task Request_InATransferCoding_IsRefusedUnlessItIsChunks(string coding, int expected)
    {
        await using var stage = new Stage().To(context => context.Request.Body.CopyToAsync(Stream.Null));

        var answer = await stage.SayAsync($"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n");

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {expected} "));
    }

    [TestCase("gzip, chunked", 502)]
    [TestCase("gzip", 502)]
    [TestCase("chunked, chunked", 502)]
    [TestCase("chunked", 200)]
    public async Task Response_InATransferCoding_IsPassedOnOnlyInChunks(string coding, int expected)
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
        });

        var answer = await stage.SayAsync("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {expected} "));
    }

    [Test]
    public async Task HopByHopHeaders_AreNotPassedOn()
    {
        string? head = null;
        await using var stage = new Stage().ToSocket(async socket =>
        {
            head = await socket.ReadHeadAsync();
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nX-Kept: yes\r\n\r\n");
        });

        var answer = await stage.SayAsync("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nKeep-Alive: timeout=9\r\nProxy-Authorization: Basic x\r\nTE: gzip\r\nX-Kept: yes\r\n\r\n");

        Assert.That(head, Does.Contain("X-Kept: yes").And.Not.Contain("Keep-Alive").And.Not.Contain("Proxy-Authorization").And.Not.Contain("TE: gzip"));
        Assert.That(answer, Does.Contain("X-Kept: yes").And.Not.Contain("Keep-Alive").And.Not.Contain("Proxy-Authenticate"));
    }
}
