using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Baker.LocalCloud.LoadBalancing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>What is not one request and one answer: bodies that drip, both ways at once, WebSockets, HTTP/2.</summary>
public sealed class StreamingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly RelaySettings s_impatient = Stage.Settings with { Idle = TimeSpan.FromMilliseconds(400) };

    [Test]
    public async Task Answer_ThatDrips_IsPassedOnAsItComes()
    {
        var taken = new SemaphoreSlim(0);
        await using var stage = new Stage().To(async context =>
        {
            for (var i = 0; i < 5; i++)
            {
                await context.Response.WriteAsync($"part {i}");
                await context.Response.Body.FlushAsync();
                await taken.WaitAsync();
            }
        });
        using var client = new HttpClient();
        using var answer = await client.GetAsync(stage.Url, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();

        // The target goes on only when its last part has come through.
        for (var i = 0; i < 5; i++)
        {
            Assert.That(await ReadAsync(body, 6), Is.EqualTo($"part {i}"));
            taken.Release();
        }

        Assert.That(await ReadAsync(body, 1), Is.Empty);
    }

    [Test]
    public async Task Request_ThatDrips_IsPassedOnAsItComes([Values] bool chunked)
    {
        var arrived = Channel.CreateUnbounded<string>();
        await using var stage = new Stage().To(async context =>
        {
            var buffer = new byte[100];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                arrived.Writer.TryWrite(Encoding.UTF8.GetString(buffer, 0, read));
            }

            await context.Response.WriteAsync("all");
        });
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(stage.Relay.Address);
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: here\r\n{(chunked ? "Transfer-Encoding: chunked" : "Content-Length: 11")}\r\n\r\n");

        foreach (var drip in new[] { "first", "second" })
        {
            await client.SendAsync(chunked ? $"{drip.Length}\r\n{drip}\r\n" : drip);
            Assert.That(await arrived.Reader.ReadAsync().AsTask().WaitAsync(s_patience), Is.EqualTo(drip));
        }

        await client.SendAsync(chunked ? "0\r\n\r\n" : "");
        Assert.That(await client.ReadUntilAsync("all").WaitAsync(s_patience), Is.Not.Null);
    }

    [Test]
    public async Task Answer_LongerThanTheIdleTime_IsNotCutOffWhileItDrips()
    {
        await using var stage = new Stage(s_impatient).To(async context =>
        {
            for (var i = 0; i < 12; i++)
            {
                await context.Response.WriteAsync(".");
                await context.Response.Body.FlushAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        });
        using var client = new HttpClient();

        Assert.That(await client.GetStringAsync(stage.Url), Is.EqualTo("............"));
    }

    [Test]
    public async Task Answer_ThatStopsDripping_IsCutOffAfterTheIdleTime()
    {
        await using var stage = new Stage(s_impatient).To(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(stage.Url));
    }

    [Test]
    public async Task Request_ThatStopsDripping_IsA408AfterTheIdleTime()
    {
        await using var stage = new Stage(s_impatient).To(context => context.Request.Body.CopyToAsync(Stream.Null));

        var answer = await stage.SayAsync("POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 10\r\n\r\nbegun");

        Assert.That(answer, Does.StartWith("HTTP/1.1 408 ").And.Contain("<title>408 Request Time-out</title>"));
    }

    [Test]
    public async Task Client_ThatGoesAway_EndsTheRequestAtTheTarget()
    {
        var ended = new TaskCompletionSource();
        await using var stage = new Stage().To(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.SetResult();
        });
        using (var client = new HttpClient())
        using (await client.GetAsync(stage.Url, HttpCompletionOption.ResponseHeadersRead))
        {
        }

        await ended.Task.WaitAsync(s_patience);
        await Wait.UntilAsync(() => Task.FromResult(stage.Pool.InFlight(stage.Only) == 0), "the request to be over");
    }

    [Test]
    public async Task WebSocket_GoesThrough_InBothDirections()
    {
        await using var stage = new Stage().To(EchoWebSocketAsync);
        using var socket = new ClientWebSocket();
        using var patience = new CancellationTokenSource(s_patience);
        await socket.ConnectAsync(new Uri($"ws://{stage.Relay.Address}/chat"), patience.Token);

        foreach (var text in new[] { "hello", new string('x', 100_000), "bye" })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            Assert.That(await ReceiveAsync(socket, patience.Token), Is.EqualTo(text));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", patience.Token);
        Assert.That(socket.CloseStatusDescription, Is.EqualTo("done"));
    }

    [Test]
    public async Task WebSocket_SilentForTheIdleTime_IsClosed()
    {
        await using var stage = new Stage(s_impatient).To(EchoWebSocketAsync);
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        using var patience = new CancellationTokenSource(s_patience);
        await socket.ConnectAsync(new Uri($"ws://{stage.Relay.Address}/chat"), patience.Token);

        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(socket, patience.Token));
    }

    [Test]
    public async Task Http2Client_OfAListenerThatMay_IsAnsweredInHttp2_AndAnHttp1ClientBesideIt()
    {
        await using var stage = new Stage(Stage.Settings with { SpeaksHttp2 = true }).To(context => context.Response.WriteAsync(context.Request.Protocol));
        using var client = new HttpClient();

        using var new2 = await client.SendAsync(Ask(stage, HttpVersion.Version20));
        using var old = await client.SendAsync(Ask(stage, HttpVersion.Version11));

        Assert.That((new2.Version, await new2.Content.ReadAsStringAsync()), Is.EqualTo((HttpVersion.Version20, "HTTP/1.1")));
        Assert.That((old.Version, await old.Content.ReadAsStringAsync()), Is.EqualTo((HttpVersion.Version11, "HTTP/1.1")));
    }

    [Test]
    public async Task Http2Client_OfAListenerThatMayNot_IsRefused()
    {
        await using var stage = new Stage().To(context => context.Response.WriteAsync("never"));
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(Ask(stage, HttpVersion.Version20)));
    }

    [Test]
    public async Task Http2Target_IsAskedInHttp2_AndItsTrailersArrive()
    {
        await using var stage = new Stage(Stage.Settings with { SpeaksHttp2 = true }).To(
            async context =>
            {
                context.Response.DeclareTrailer("grpc-status");
                await context.Response.WriteAsync(context.Request.Protocol);
                context.Response.AppendTrailer("grpc-status", "0");
            },
            isHttp2: true);
        using var client = new HttpClient();

        using var answer = await client.SendAsync(Ask(stage, HttpVersion.Version20));

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("HTTP/2"));
        Assert.That(answer.TrailingHeaders.GetValues("grpc-status"), Is.EqualTo(new[] { "0" }));
    }

    private static HttpRequestMessage Ask(Stage stage, Version version) =>
        new(HttpMethod.Get, stage.Url) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static async Task<string> ReadAsync(Stream body, int count)
    {
        var buffer = new byte[count];
        using var patience = new CancellationTokenSource(s_patience);
        var read = await body.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    // The handshake of RFC 6455, section 4.2.2.
    private static async Task EchoWebSocketAsync(HttpContext context)
    {
        var proof = context.Request.Headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // the protocol names the hash
        context.Response.Headers["Sec-WebSocket-Accept"] = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(proof)));
#pragma warning restore CA5350
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var message = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (message.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, message.CloseStatusDescription, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        }
    }

    private static async Task<string> ReceiveAsync(WebSocket socket, CancellationToken stop)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, stop);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (part.EndOfMessage)
            {
                return text.ToString();
            }
        }
    }
}
