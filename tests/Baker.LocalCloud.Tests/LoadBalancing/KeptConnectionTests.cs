using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>Targets close connections that the relay keeps; that must not cost a request.</summary>
public sealed class KeptConnectionTests
{
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const int Clients = 16;
    private const int Requests = 3_000;

    [Test]
    public async Task Connection_ThatTheTargetKeeps_CarriesManyRequests()
    {
        var connections = 0;
        await using var stage = new Stage().ToSocket(async socket =>
        {
            Interlocked.Increment(ref connections);
            while (await socket.ReadHeadAsync() is not null)
            {
                await socket.SendAsync(Answer);
            }
        });

        Assert.That(await AskAsync(stage, HttpMethod.Get, null), Is.Empty);
        Assert.That(connections, Is.LessThanOrEqualTo(2 * Clients));
    }

    [Test]
    public async Task Target_ThatClosesAfterEachAnswer_CostsNoRequest([Values] bool hasBody)
    {
        await using var stage = new Stage().ToSocket(socket => AnswerAsync(socket, answers: 1));

        Assert.That(await AskAsync(stage, hasBody ? HttpMethod.Post : HttpMethod.Get, hasBody ? "body" : null), Is.Empty);
    }

    [Test]
    public async Task Target_ThatClosesAfterAFewAnswers_CostsNoRequest()
    {
        await using var stage = new Stage().ToSocket(socket => AnswerAsync(socket, answers: Random.Shared.Next(1, 6)));

        Assert.That(await AskAsync(stage, HttpMethod.Get, null), Is.Empty);
    }

    // The worst moment: just when the next request may be on its way.
    [Test]
    public async Task Target_ThatClosesIdleConnectionsAtAnyMoment_CostsNoRequest([Values("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH")] string method)
    {
        var took = new ConcurrentDictionary<string, int>();
        await using var stage = new Stage(time: new StandingTime()).ToSocket(async socket =>
        {
            while (await socket.ReadHeadAsync() is { } head)
            {
                took.AddOrUpdate(head.Split("\r\n").First(line => line.StartsWith("X-Number", StringComparison.Ordinal)), 1, static (_, count) => count + 1);
                if (head.Contains("Content-Length: 4", StringComparison.Ordinal))
                {
                    await socket.ReadUntilAsync("body");
                }

                await socket.SendAsync(method == "HEAD" ? Answer[..^2] : Answer);
                if (Random.Shared.Next(3) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * 3), TimeProvider.System);
                    return;
                }
            }
        });

        Assert.That(await AskAsync(stage, new HttpMethod(method), method is "POST" or "PUT" or "PATCH" ? "body" : null), Is.Empty);
        Assert.That(took, Has.Count.EqualTo(Requests));
        Assert.That(took.Values, Has.All.EqualTo(1), "what a target has taken is not sent again");
    }

    [Test]
    public async Task Request_ThatTheTargetWorkedOnWithoutAnAnswer_IsSentOnce([Values("", "HTTP/1.1 200 OK\r\nContent-")] string said)
    {
        var time = new StandingTime();
        var taken = 0;
        await using var stage = new Stage(time: time).ToSocket(async socket =>
        {
            while (await socket.ReadHeadAsync() is not null)
            {
                if (Interlocked.Increment(ref taken) > 1)
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    await socket.SendAsync(said);
                    return;
                }

                await socket.SendAsync(Answer);
            }
        });
        using var client = new HttpClient();

        await client.GetStringAsync(stage.Url);
        using var answer = await client.GetAsync(stage.Url);

        Assert.That(((int)answer.StatusCode, taken), Is.EqualTo((502, 2)));
    }

    [Test]
    public async Task Request_OnAKeptConnectionThatIsClosedAtOnce_IsSentOnAnother()
    {
        var connections = 0;
        await using var stage = new Stage(time: new StandingTime()).ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            var isFirst = Interlocked.Increment(ref connections) == 1;
            await socket.SendAsync(Answer);
            if (isFirst)
            {
                await socket.ReadHeadAsync();
            }
        });
        using var client = new HttpClient();

        await client.GetStringAsync(stage.Url);

        Assert.That((await client.GetStringAsync(stage.Url), connections), Is.EqualTo(("ok", 2)));
    }

    // Nothing was kept here, so nothing can have been closed beforehand.
    [Test]
    public async Task Request_ThatANewConnectionDoesNotAnswer_IsSentOnce([Values("GET", "DELETE", "POST")] string method)
    {
        var taken = 0;
        await using var stage = new Stage(time: new StandingTime()).ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            Interlocked.Increment(ref taken);
        });
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), stage.Url);

        using var answer = await client.SendAsync(request);

        Assert.That(((int)answer.StatusCode, taken), Is.EqualTo((502, 1)));
    }

    private static async Task AnswerAsync(Socket socket, int answers)
    {
        for (; answers > 0 && await socket.ReadHeadAsync() is { } head; answers--)
        {
            if (head.Contains("Content-Length: 4", StringComparison.Ordinal))
            {
                await socket.ReadUntilAsync("body");
            }

            await socket.SendAsync(Answer);
        }
    }

    /// <summary>What went wrong.</summary>
    private static async Task<IReadOnlyCollection<string>> AskAsync(Stage stage, HttpMethod method, string? body)
    {
        using var client = new HttpClient();
        var failures = new ConcurrentQueue<string>();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is <= Requests and var number)
            {
                using var request = new HttpRequestMessage(method, stage.Url) { Content = body is null ? null : new StringContent(body) };
                request.Headers.Add("X-Number", $"{number}");
                using var answer = await client.SendAsync(request);
                if (!answer.IsSuccessStatusCode)
                {
                    failures.Enqueue($"{(int)answer.StatusCode}");
                }
            }
        }));
        return failures;
    }
}
