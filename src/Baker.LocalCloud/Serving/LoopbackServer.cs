using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.Serving;

/// <summary>Serves the local cloud over HTTP/1.1 on 127.0.0.1, for programs that are not this one.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private const long LargestBody = 1L << 30;

    private readonly Func<CloudRequest, CloudResponse> _answer;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;

    /// <exception cref="SocketException">The port is taken.</exception>
    public LoopbackServer(int port, Func<CloudRequest, CloudResponse> answer)
    {
        _answer = answer;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(512);
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

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
                while (await wire.ReadHeadAsync(_stop.Token).ConfigureAwait(false) is { } head
                    && await AnswerAsync(wire, head).ConfigureAwait(false))
                {
                }
            }
            catch (Exception error) when (error is IOException or InvalidDataException or FormatException or OperationCanceledException or SocketException)
            {
                // The client went away or sent what is not HTTP: the connection is all that can be given up.
            }
        }
    }

    /// <summary>Answers one request; true where another may follow on the connection.</summary>
    private async Task<bool> AnswerAsync(HttpWire wire, HttpHead head)
    {
        if (head["Expect"] is { } expect && expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await wire.Stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token).ConfigureAwait(false);
        }

        var request = ToRequest(head, await ReadBodyAsync(wire, head).ConfigureAwait(false));
        var response = await Task.Run(() => _answer(request), _stop.Token).ConfigureAwait(false);
        if (response.IsLost)
        {
            return false;
        }

        var keep = head.KeepsAlive;
        await wire.Stream.WriteAsync(HeadOf(response, keep), _stop.Token).ConfigureAwait(false);
        if (head.Method != "HEAD")
        {
            await wire.Stream.WriteAsync(response.Body, _stop.Token).ConfigureAwait(false);
        }

        return keep;
    }

    private async Task<byte[]> ReadBodyAsync(HttpWire wire, HttpHead head)
    {
        var body = new MemoryStream();
        if (head.IsChunked)
        {
            await wire.CopyChunksAsync(body, _stop.Token).ConfigureAwait(false);
            return Chunks.Join(body.GetBuffer().AsSpan(0, (int)body.Length));
        }

        if (head.ContentLength is > LargestBody)
        {
            throw new InvalidDataException("the body is larger than 1 GiB");
        }

        await wire.CopyExactlyAsync(body, head.ContentLength ?? 0, _stop.Token).ConfigureAwait(false);
        return body.ToArray();
    }

    private static CloudRequest ToRequest(HttpHead head, byte[] body)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in head.Fields)
        {
            headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
        }

        var target = head.FirstLine.Split(' ') is [_, var t, ..] ? t : "/";
        if (target.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(target, UriKind.Absolute, out var absolute))
        {
            target = absolute.PathAndQuery;
        }

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return new CloudRequest(head.Method, question < 0 ? target : target[..question], question < 0 ? "" : target[(question + 1)..], headers, body);
    }

    private static byte[] HeadOf(CloudResponse response, bool keep)
    {
        var head = new StringBuilder("HTTP/1.1 ")
            .Append(response.Status.ToString(CultureInfo.InvariantCulture)).Append(' ').Append((HttpStatusCode)response.Status).Append("\r\n");
        foreach (var (name, value) in response.Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (response.Status is not 204 and not 304 && !response.Headers.Any(h => h.Key == "Content-Length"))
        {
            head.Append("Content-Length: ").Append(response.Body.Length.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        }

        head.Append("Connection: ").Append(keep ? "keep-alive" : "close").Append("\r\n\r\n");
        return Encoding.Latin1.GetBytes(head.ToString());
    }
}
