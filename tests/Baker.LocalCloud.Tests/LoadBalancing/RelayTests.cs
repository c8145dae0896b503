using System.Net;
using System.Net.Sockets;
using Baker.LocalCloud.LoadBalancing;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.LoadBalancing;

public sealed class RelayTests
{
    [Test]
    public async Task Relay_TwoTargets_TakesThemInTurn()
    {
        await using var one = new Stage().To(context => context.Response.WriteAsync("one"));
        await using var two = new Stage().To(context => context.Response.WriteAsync("two"));
        await using var stage = new Stage();
        stage.Pool.Replace([one.Relay.Address, two.Relay.Address]);
        using var client = new HttpClient();

        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await client.GetStringAsync(stage.Url));
        }

        Assert.That(answers, Is.EqualTo(new[] { "one", "two", "one", "two" }));
    }

    [Test]
    public async Task Relay_NoTarget_Answers503()
    {
        await using var stage = new Stage();

        Assert.That(await StatusAsync(stage), Is.EqualTo(503));
    }

    [Test]
    public async Task Relay_NoAction_Answers404()
    {
        await using var relay = new Relay(new IPEndPoint(IPAddress.Loopback, 0), Stage.Settings, _ => null, new TrafficMeter(), TimeProvider.System);
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri($"http://{relay.Address}/"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Relay_TargetRefuses_Answers502WithElbsPage()
    {
        await using var stage = new Stage().To(Stage.FreeAddress());
        using var client = new HttpClient();

        using var answer = await client.GetAsync(stage.Url);

        Assert.That((int)answer.StatusCode, Is.EqualTo(502));
        Assert.That(answer.Headers.Server.ToString(), Is.EqualTo("awselb/2.0"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("<h1>502 Bad Gateway</h1>"));
    }

    [TestCase("")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Le")]
    [TestCase("this is no HTTP\r\n\r\n")]
    public async Task Relay_TargetBreaksOffBeforeItsAnswer_Answers502(string said)
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync(said);
        });

        Assert.That(await StatusAsync(stage), Is.EqualTo(502));
    }

    [Test]
    public async Task Relay_TargetAnswersWithAStatusThatIsNone_Answers502()
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync("HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n");
        });

        Assert.That(await StatusAsync(stage), Is.EqualTo(502));
    }

    [TestCase(204, "Content-Length: 2", "hi")]
    [TestCase(204, "Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n")]
    [TestCase(205, "Content-Length: 2", "hi")]
    [TestCase(304, "Content-Length: 2", "")]
    public async Task Relay_TargetGivesABodyToAnAnswerWithoutOne_PassesTheAnswerOn(int status, string length, string body)
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync($"HTTP/1.1 {status} X\r\n{length}\r\nX-Kept: yes\r\n\r\n{body}");
        });

        var answer = await stage.SayAsync("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status} ").And.Contain("X-Kept: yes").And.EndWith("\r\n\r\n"));
    }

    [Test]
    public async Task Relay_TargetBreaksOffInItsAnswer_IsNotTakenForAWholeOne()
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        });
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(stage.Url));
    }

    [Test]
    public async Task Relay_TargetSilent_Answers504()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var stage = new Stage(Stage.Settings with { Idle = TimeSpan.FromMilliseconds(200) }).To((IPEndPoint)silent.LocalEndpoint);

        Assert.That(await StatusAsync(stage), Is.EqualTo(504));
    }

    [Test]
    public async Task Relay_TargetTakenOutMidRequest_TheRequestUnderWayFinishes() => await WhileSlowAsync(
        stage =>
        {
            stage.Pool.Replace([]);
            Assert.That(stage.Pool.InFlight(stage.Only), Is.EqualTo(1));
        },
        async stage =>
        {
            await Wait.UntilAsync(() => Task.FromResult(stage.Pool.InFlight(stage.Only) == 0), "the request to be over");
            Assert.That(await StatusAsync(stage), Is.EqualTo(503));
        });

    [Test]
    public async Task Relay_ClosedMidRequest_LetsItFinish()
    {
        var closing = Task.CompletedTask;
        await WhileSlowAsync(stage => closing = stage.Relay.DrainAsync().AsTask(), _ => closing);
    }

    [Test]
    public async Task Relay_RequestBodies_ArriveWhole([Values] bool chunked, [Values(0, 1, 100_000, 5_000_000)] int size)
    {
        await using var stage = new Stage().To(EchoAsync);
        using var client = new HttpClient();
        var text = new string('x', size);
        using var request = new HttpRequestMessage(HttpMethod.Post, stage.Url) { Content = new StringContent(text) };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await client.SendAsync(request);

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo(text));
    }

    [Test]
    public async Task Relay_ExpectingClient_IsToldToGoOn()
    {
        await using var stage = new Stage().To(EchoAsync);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, stage.Url) { Content = new StringContent("body") };
        request.Headers.ExpectContinue = true;

        using var answer = await client.SendAsync(request);

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("body"));
    }

    [Test]
    public async Task Relay_Path_ArrivesAsItWasSent()
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            var line = (await socket.ReadHeadAsync())!.Split("\r\n")[0];
            await socket.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {line.Length}\r\nConnection: close\r\n\r\n{line}");
        });

        var answer = await stage.SayAsync("GET /a%2Fb/%7e//c?x=%20y&z=a+b HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.EndWith("\r\n\r\nGET /a%2Fb/%7e//c?x=%20y&z=a+b HTTP/1.1"));
    }

    [Test]
    public async Task Relay_SettingsChanged_AreFollowedByTheNextRequest()
    {
        await using var stage = new Stage().To(context => context.Response.WriteAsync(context.Request.Headers["X-Forwarded-For"].ToString()));
        using var client = new HttpClient();
        var before = await client.GetStringAsync(stage.Url);

        stage.Relay.Use(Stage.Settings with { Forwarding = "remove" });

        Assert.That((before, await client.GetStringAsync(stage.Url)), Is.EqualTo(("127.0.0.1", "")));
    }

    /// <summary>Does something while a request waits at its target, which must answer it nevertheless.</summary>
    private static async Task WhileSlowAsync(Action<Stage> meanwhile, Func<Stage, Task> afterwards)
    {
        var gate = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var stage = new Stage().To(async context =>
        {
            arrived.SetResult();
            await gate.Task;
            await context.Response.WriteAsync("slow");
        });
        using var client = new HttpClient();

        var request = client.GetStringAsync(stage.Url);
        await arrived.Task;
        meanwhile(stage);
        gate.SetResult();

        Assert.That(await request, Is.EqualTo("slow"));
        await afterwards(stage);
    }

    private static Task EchoAsync(HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body);

    private static async Task<int> StatusAsync(Stage stage)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(stage.Url);
        return (int)answer.StatusCode;
    }
}
