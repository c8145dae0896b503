using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// A port of its own whose connections Kestrel answers. The port is open at once; Kestrel, which takes a while to load,
/// starts with the first connection, so that a command whose port nobody calls never loads it.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] s_preface = "PRI * HTTP/2.0"u8.ToArray();

    private readonly HttpAnswer _answer;
    private readonly HttpRefusal _refuse;
    private volatile HttpLimits _limits;
    private volatile KestrelHost? _kestrel;
    private readonly Socket _listening;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _undecided = new();
    private readonly Task _accepting;
    private Task? _stopping;
    private long _accepted;

    /// <exception cref="SocketException">The address is taken or not permitted.</exception>
    public HttpServer(IPEndPoint address, HttpLimits limits, HttpAnswer answer, HttpRefusal refuse)
    {
        (_answer, _refuse, _limits) = (answer, refuse, limits);
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

    /// <summary>How many connections there are now.</summary>
    public int Connections => _kestrel?.Connections ?? 0;

    /// <summary>How many connections have come so far.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Sets what the connections that come from now on are allowed.</summary>
    public void Use(HttpLimits limits)
    {
        _limits = limits;
        _kestrel?.Use(limits);
    }

    public ValueTask DisposeAsync() => StopAsync(s_grace);

    /// <summary>Takes no new connection, ends idle ones, and gives requests under way so long to end.</summary>
    public ValueTask StopAsync(TimeSpan grace) => new(_stopping ??= EndAsync(grace));

    private async Task EndAsync(TimeSpan grace)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listening.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_undecided.Keys).ConfigureAwait(false);
        _stop.Dispose();
        if (_kestrel is { } kestrel)
        {
            kestrel.Grace = grace;
            await kestrel.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket? client = null;
            try
            {
                while (KestrelHost.IsFull)
                {
                    await Task.Delay(s_pause, TimeProvider.System, _stop.Token).ConfigureAwait(false);
                }

                client = await _listening.AcceptAsync(_stop.Token).ConfigureAwait(false);
                client.NoDelay = true;
                Give(_kestrel ??= await KestrelHost.StartAsync(_limits, _answer, _refuse).ConfigureAwait(false), client);
            }
#pragma warning disable CA1031 // whatever one connection meets, the next is taken
            catch (Exception)
            {
                // Stopped; or there are no descriptors or no memory for one more, and those who call wait until some come free.
                client?.Dispose();
                await Task.Delay(s_pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning restore CA1031
        }
    }

    private void Give(KestrelHost kestrel, Socket client)
    {
        Interlocked.Increment(ref _accepted);
        if (_limits is { SpeaksHttp2: false, Tls: null })
        {
            kestrel.Take(client, isHttp2: false);
            return;
        }

        var deciding = _limits.Tls is { } tls ? AgreeAsync(kestrel, client, tls) : DecideAsync(kestrel, client);
        _undecided.TryAdd(deciding, 0);
        _ = deciding.ContinueWith(done => _undecided.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task AgreeAsync(KestrelHost kestrel, Socket client, ServerTls tls)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(ServerTls.Patience);
        await kestrel.TakeAsync(client, tls, _limits.SpeaksHttp2, patience.Token).ConfigureAwait(false);
    }

    // Without TLS nothing but the first bytes says which version it is, and Kestrel wants to know before.
    private async Task DecideAsync(KestrelHost kestrel, Socket client)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(_limits.KeepAlive);
        try
        {
            var first = new byte[s_preface.Length];
            var read = await client.ReceiveAsync(first, SocketFlags.Peek, patience.Token).ConfigureAwait(false);
            kestrel.Take(client, isHttp2: read == s_preface.Length && first.AsSpan().SequenceEqual(s_preface));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            client.Dispose();
        }
    }
}
