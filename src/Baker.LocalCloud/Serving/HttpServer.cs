using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.Serving;

/// <summary>Accepts connections and hands over their HTTP/1.x requests, one after the other of a connection.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<HttpWire, HttpHead, IPAddress?, CancellationToken, Task<bool>> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;

    /// <param name="answer">Answers one request of a peer; true where another may follow on the connection.</param>
    /// <exception cref="SocketException">The address is taken or not permitted.</exception>
    public HttpServer(IPEndPoint address, Func<HttpWire, HttpHead, IPAddress?, CancellationToken, Task<bool>> answer)
    {
        _answer = answer;
        _listener = new TcpListener(address);
        _listener.Start(512);
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address { get; }

    public async ValueTask DisposeAsync()
    {
        // First the token: a listener that is stopped between two connections refuses to accept at all.
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Stop();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false);
                var serving = ServeAsync(client);
                _connections.TryAdd(serving, 0);
                _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or one connection failed before it was taken.
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                var wire = new HttpWire(client.GetStream());
                var peer = ((IPEndPoint?)client.Client.RemoteEndPoint)?.Address;
                while (await wire.ReadHeadAsync(_stop.Token).ConfigureAwait(false) is { } head
                    && await _answer(wire, head, peer, _stop.Token).ConfigureAwait(false))
                {
                }
            }
            catch (Exception error) when (error is IOException or InvalidDataException or FormatException or OperationCanceledException or SocketException)
            {
                // The client went away or sent what is not HTTP: the connection is all that can be given up.
            }
        }
    }
}
