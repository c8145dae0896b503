using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Serving;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>A relay with targets that a test answers for.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _targets = [];

    public Stage(RelaySettings? settings = null, TimeProvider? time = null) =>
        Relay = new Relay(
            new IPEndPoint(IPAddress.Loopback, 0),
            settings ?? Settings,
            _ => new ListenerAction.Forward(new WeightedPools([(Pool, 1)])),
            new TrafficMeter(),
            time ?? TimeProvider.System);

    public static RelaySettings Settings { get; } = new(TimeSpan.FromSeconds(20), Port: 80, "http", SpeaksHttp2: false, "append", ForwardsClientPort: false, KeepsHost: false);

    public TargetPool Pool { get; } = new();

    public Relay Relay { get; }

    /// <summary>The address of the target.</summary>
    public IPEndPoint Only { get; private set; } = new(IPAddress.None, 0);

    public Uri Url => new($"http://{Relay.Address}/");

    public static IPEndPoint FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>The only target from now on.</summary>
    public Stage To(IPEndPoint target)
    {
        Only = target;
        Pool.Replace([target]);
        return this;
    }

    /// <summary>A target that Kestrel serves.</summary>
    public Stage To(HttpAnswer answer, bool isHttp2 = false)
    {
        var target = new HttpServer(new IPEndPoint(IPAddress.Loopback, 0), new HttpLimits(LargestBody: null, TimeSpan.FromMinutes(1), isHttp2), answer, RefuseAsync);
        _targets.Add(target);
        Pool.SpeaksHttp2 = isHttp2;
        return To(target.Address);
    }

    /// <summary>A target that reads and writes the bytes itself, connection by connection.</summary>
    public Stage ToSocket(Func<Socket, Task> serve)
    {
        var target = new SocketTarget(serve);
        _targets.Add(target);
        return To(target.Address);
    }

    /// <summary>What the relay answers to these bytes until it closes the connection.</summary>
    public async Task<string> SayAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Relay.Address);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync(patience.Token);
    }

    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        foreach (var target in _targets)
        {
            await target.DisposeAsync();
        }
    }

    private sealed class SocketTarget : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _accepting;

        public SocketTarget(Func<Socket, Task> serve)
        {
            _listener.Start(512);
            Address = (IPEndPoint)_listener.LocalEndpoint;
            _accepting = AcceptAsync(serve);
        }

        public IPEndPoint Address { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _accepting;
        }

        private async Task AcceptAsync(Func<Socket, Task> serve)
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptSocketAsync(), serve);
                }
            }
            catch (Exception error) when (error is SocketException or InvalidOperationException)
            {
            }
        }

        private static async Task ServeAsync(Socket client, Func<Socket, Task> serve)
        {
            using (client)
            {
                try
                {
                    client.NoDelay = true;
                    await serve(client);
                }
                catch (SocketException)
                {
                }
            }
        }
    }
}
