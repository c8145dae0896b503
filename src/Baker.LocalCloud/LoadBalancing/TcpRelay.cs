using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// A listener that passes bytes on to targets, as a Network Load Balancer does: TLS ends at a TLS listener, and begins anew towards
/// a target group of the protocol TLS. A connection that no target takes is reset.
/// </summary>
internal sealed class TcpRelay : IListening
{
    private const int Backlog = 512;
    private const int Piece = 16 * 1024;
    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Func<TargetPool?> _route;
    private readonly TrafficMeter _meter;
    private readonly Socket _listening;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Task, byte> _flows = new();
    private readonly Task _accepting;
    private volatile RelaySettings _settings;
    private long _accepted;
    private Task? _stopping;

    /// <exception cref="SocketException">The address is taken or not permitted.</exception>
    public TcpRelay(IPEndPoint address, RelaySettings settings, Func<TargetPool?> route, TrafficMeter meter)
    {
        (_settings, _route, _meter) = (settings, route, meter);
        _listening = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listening.Bind(address);
            _listening.Listen(Backlog);
        }
        catch
        {
            _listening.Dispose();
            throw;
        }

        Address = (IPEndPoint)_listening.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address { get; }

    public int Connections => _flows.Count;

    public long Accepted => Interlocked.Read(ref _accepted);

    public void Use(RelaySettings settings) => _settings = settings;

    public ValueTask DrainAsync() => StopAsync(s_drain);

    public ValueTask DisposeAsync() => StopAsync(TimeSpan.Zero);

    private ValueTask StopAsync(TimeSpan grace) => new(_stopping ??= EndAsync(grace));

    private async Task EndAsync(TimeSpan grace)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listening.Dispose();
        await _accepting.ConfigureAwait(false);
        _end.CancelAfter(grace);
        await Task.WhenAll(_flows.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listening.AcceptAsync(_stop.Token).ConfigureAwait(false);
                client.NoDelay = true;
                Interlocked.Increment(ref _accepted);
                var flow = RelayAsync(client, _settings);
                _flows.TryAdd(flow, 0);
                _ = flow.ContinueWith(done => _flows.TryRemove(done, out _), TaskScheduler.Default);
            }
#pragma warning disable CA1031 // whatever one connection meets, the next is taken
            catch (Exception)
            {
                await Task.Delay(s_pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning restore CA1031
        }
    }

    private async Task RelayAsync(Socket client, RelaySettings settings)
    {
        using (client)
        {
            var pool = _route();
            var caller = (IPEndPoint)client.RemoteEndPoint!;
            if (pool?.Take(client: pool.Stickiness is null ? null : caller.Address) is not { } target)
            {
                Reset(client);
                return;
            }

            try
            {
                var near = await NearAsync(client, settings).ConfigureAwait(false);
                await using (near.ConfigureAwait(false))
                {
                    using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    var far = await FarAsync(server, target, pool, caller, (IPEndPoint)client.LocalEndPoint!).ConfigureAwait(false);
                    await using (far.ConfigureAwait(false))
                    {
                        await BothWaysAsync((near, client), (far, server), settings.Idle).ConfigureAwait(false);
                    }
                }
            }
#pragma warning disable CA1031 // a side that fails, in TLS or below it, ends this connection and no other
            catch (Exception)
            {
                Reset(client);
            }
#pragma warning restore CA1031
            finally
            {
                pool.Release(target);
            }
        }
    }

    private async Task<Stream> NearAsync(Socket client, RelaySettings settings)
    {
        var plain = new NetworkStream(client);
        if (settings.Tls is not { } tls)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            patience.CancelAfter(ServerTls.Patience);
            await tls.AuthenticateAsync(secure, isHttp: false, speaksHttp2: false, patience.Token).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            _meter.Count("ClientTLSNegotiationErrorCount", 1);
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> FarAsync(Socket server, BalancedTarget target, TargetPool pool, IPEndPoint caller, IPEndPoint called)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        patience.CancelAfter(s_connect);
        await server.ConnectAsync(target.Address, patience.Token).ConfigureAwait(false);
        var plain = new NetworkStream(server);
        if (pool.SaysWhoCalls)
        {
            await plain.WriteAsync(ProxyHeader.Of(caller, called), patience.Token).ConfigureAwait(false);
        }

        if (!pool.SpeaksTls)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        try
        {
            await secure.AuthenticateAsClientAsync(TargetStream.Trusting(target.Address), patience.Token).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task BothWaysAsync((Stream Stream, Socket Socket) near, (Stream Stream, Socket Socket) far, TimeSpan idle)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        end.CancelAfter(idle);
        var there = PassAsync(near.Stream, far, idle, end);
        var back = PassAsync(far.Stream, near, idle, end);
        try
        {
            await Task.WhenAll(there, back).ConfigureAwait(false);
        }
        catch
        {
            // One way has failed: the other has nobody left to speak for.
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(there, back).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    // A side that sends no more may still listen.
    private async Task PassAsync(Stream from, (Stream Stream, Socket Socket) to, TimeSpan idle, CancellationTokenSource end)
    {
        var piece = new byte[Piece];
        try
        {
            while (await from.ReadAsync(piece, end.Token).ConfigureAwait(false) is > 0 and var read)
            {
                end.CancelAfter(idle);
                await to.Stream.WriteAsync(piece.AsMemory(0, read), end.Token).ConfigureAwait(false);
                _meter.Count("ProcessedBytes", read);
            }

            if (to.Stream is SslStream secure)
            {
                await secure.ShutdownAsync().ConfigureAwait(false);
            }

            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Reset(Socket client)
    {
        try
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
    }
}
