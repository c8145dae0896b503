using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.Tests.LoadBalancing;

public sealed class HttpRelayTests
{
    [Test]
    public async Task Relay_TwoTargets_TakesThemInTurn()
    {
        await using var one = Target("one");
        await using var two = Target("two");
        var pool = new TargetPool();
        pool.Replace([one.Address, two.Address]);
        await using var relay = Relay(pool);
        using var client = new HttpClient();

        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await client.GetStringAsync(new Uri($"http://{relay.Address}/")));
        }

        Assert.That(answers, Is.EqualTo(new[] { "one", "two", "one", "two" }));
    }

    [Test]
    public async Task Relay_NoTarget_Answers503()
    {
        await using var relay = Relay(new TargetPool());
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri($"http://{relay.Address}/"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(503));
    }

    [Test]
    public async Task Relay_TargetRefuses_Answers502()
    {
        var pool = new TargetPool();
        pool.Replace([FreeAddress()]);
        await using var relay = Relay(pool);
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri($"http://{relay.Address}/"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(502));
    }

    [Test]
    public async Task Relay_TargetSilent_Answers504()
    {
        var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var pool = new TargetPool();
        pool.Replace([(IPEndPoint)silent.LocalEndpoint]);
        await using var relay = HttpRelay.Start(new IPEndPoint(IPAddress.Loopback, 0), _ => pool, TimeSpan.FromMilliseconds(200));
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri($"http://{relay.Address}/"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(504));
        silent.Stop();
    }

    [Test]
    public async Task Relay_TargetTakenOutMidRequest_TheRequestUnderWayFinishes()
    {
        var gate = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var slow = new StubTarget(async () =>
        {
            arrived.SetResult();
            await gate.Task;
            return "slow";
        });
        var pool = new TargetPool();
        pool.Replace([slow.Address]);
        await using var relay = Relay(pool);
        using var client = new HttpClient();

        var request = client.GetStringAsync(new Uri($"http://{relay.Address}/"));
        await arrived.Task;
        pool.Replace([]);
        Assert.That(pool.InFlight(slow.Address), Is.EqualTo(1));
        gate.SetResult();

        Assert.That(await request, Is.EqualTo("slow"));
    }

    [Test]
    public async Task Relay_RequestBodies_ArriveWhole([Values] bool chunked)
    {
        await using var echo = Target(null);
        var pool = new TargetPool();
        pool.Replace([echo.Address]);
        await using var relay = Relay(pool);
        using var client = new HttpClient();
        var text = new string('x', 100_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{relay.Address}/")) { Content = new StringContent(text) };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await client.SendAsync(request);

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo(text));
    }

    [TestCase("200", 200, true)]
    [TestCase("200-299", 204, true)]
    [TestCase("200,301", 301, true)]
    [TestCase("200-299", 500, false)]
    [TestCase("", 200, false)]
    public void Matcher_Status_IsInOrOut(string matcher, int status, bool expected) =>
        Assert.That(HealthProbe.Matches(matcher, status), Is.EqualTo(expected));

    [Test]
    public async Task Probe_NothingListens_FailsWithElbsReason()
    {
        var probe = await HealthProbe.HttpAsync(FreeAddress(), "/", "200", TimeSpan.FromSeconds(2), default);

        Assert.That(probe, Is.EqualTo(new HealthProbe(false, "Target.FailedHealthChecks", "Health checks failed")));
    }

    private static HttpRelay Relay(TargetPool pool) =>
        HttpRelay.Start(new IPEndPoint(IPAddress.Loopback, 0), _ => pool, TimeSpan.FromSeconds(10));

    private static StubTarget Target(string? answer) => new(answer is null ? null : () => Task.FromResult(answer));

    private static IPEndPoint FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>An HTTP server that answers every request with a text, or echoes the body.</summary>
    private sealed class StubTarget : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public StubTarget(Func<Task<string>>? answer)
        {
            Address = FreeAddress();
            _listener.Prefixes.Add($"http://{Address}/");
            _listener.Start();
            _serving = ServeAsync(answer);
        }

        public IPEndPoint Address { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
            ((IDisposable)_listener).Dispose();
        }

        private async Task ServeAsync(Func<Task<string>>? answer)
        {
            while (true)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    var text = answer is null ? await reader.ReadToEndAsync() : await answer();
                    var bytes = Encoding.UTF8.GetBytes(text);
                    context.Response.ContentLength64 = bytes.Length;
                    await context.Response.OutputStream.WriteAsync(bytes);
                    context.Response.Close();
                }
                catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
