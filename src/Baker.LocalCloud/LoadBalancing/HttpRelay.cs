using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// A listener that balances HTTP/1.x requests over a pool, as an Application Load Balancer does: 503 without a target,
/// 502 when the target refuses or breaks off, 504 when it is silent. A request is never sent twice.
/// </summary>
internal sealed class HttpRelay : IAsyncDisposable
{
    private readonly HttpServer _server;
    private readonly Func<HttpHead, TargetPool?> _route;
    private readonly TimeSpan _idleTimeout;

    private HttpRelay(IPEndPoint address, Func<HttpHead, TargetPool?> route, TimeSpan idleTimeout)
    {
        _route = route;
        _idleTimeout = idleTimeout;
        _server = new HttpServer(address, AnswerAsync);
    }

    public IPEndPoint Address => _server.Address;

    /// <summary>Opens the listener; a <see cref="SocketException"/> where the address is taken or not permitted.</summary>
    public static HttpRelay Start(IPEndPoint address, Func<HttpHead, TargetPool?> route, TimeSpan idleTimeout) => new(address, route, idleTimeout);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Relays one request; true where the client may send another on this connection.</summary>
    private async Task<bool> AnswerAsync(HttpWire inbound, HttpHead request, IPAddress? peer, CancellationToken stop)
    {
        var pool = _route(request);
        var target = pool?.Take();
        if (pool is null || target is null)
        {
            await RefuseAsync(inbound.Stream, pool is null ? "404 Not Found" : "503 Service Temporarily Unavailable", stop).ConfigureAwait(false);
            return false;
        }

        var answered = false;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(_idleTimeout);
        try
        {
            using var outbound = new TcpClient(AddressFamily.InterNetwork) { NoDelay = true };
            await outbound.ConnectAsync(target, patience.Token).ConfigureAwait(false);
            await ForwardAsync(inbound, outbound.GetStream(), request, $"{peer}", patience.Token).ConfigureAwait(false);
            var backend = new HttpWire(outbound.GetStream());
            var response = await FinalHeadAsync(backend, patience.Token).ConfigureAwait(false);
            answered = true;
            return await ReturnAsync(backend, inbound.Stream, request, response, patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!answered && !stop.IsCancellationRequested && error is IOException or SocketException or InvalidDataException or OperationCanceledException)
        {
            await RefuseAsync(inbound.Stream, error is OperationCanceledException ? "504 Gateway Time-out" : "502 Bad Gateway", stop).ConfigureAwait(false);
            return false;
        }
        finally
        {
            pool.Release(target);
        }
    }

    private static async Task ForwardAsync(HttpWire inbound, Stream outbound, HttpHead request, string peer, CancellationToken stop)
    {
        if (request["Expect"] is not null)
        {
            request.Remove("Expect");
            await inbound.Stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop).ConfigureAwait(false);
        }

        // One connection a request: a kept one could be closed by the target just as the next request is sent.
        request.Replace("X-Forwarded-For", request["X-Forwarded-For"] is { } chain ? $"{chain}, {peer}" : peer);
        var asked = request.KeepsAlive;
        request.Replace("Connection", "close");
        await outbound.WriteAsync(request.ToBytes(), stop).ConfigureAwait(false);
        request.Replace("Connection", asked ? "keep-alive" : "close");
        if (request.IsChunked)
        {
            await inbound.CopyChunksAsync(outbound, stop).ConfigureAwait(false);
        }
        else
        {
            await inbound.CopyExactlyAsync(outbound, request.ContentLength ?? 0, stop).ConfigureAwait(false);
        }
    }

    private static async Task<HttpHead> FinalHeadAsync(HttpWire backend, CancellationToken stop)
    {
        while (true)
        {
            var head = await backend.ReadHeadAsync(stop).ConfigureAwait(false) ?? throw new EndOfStreamException("the target closed the connection");
            if (head.Status is < 100 or >= 200)
            {
                return head;
            }
        }
    }

    private static async Task<bool> ReturnAsync(HttpWire backend, Stream client, HttpHead request, HttpHead response, CancellationToken stop)
    {
        var bodiless = request.Method == "HEAD" || response.Status is 204 or 304;
        var framed = bodiless || response.IsChunked || response.ContentLength is not null;
        var keep = framed && request["Connection"] == "keep-alive";
        response.Replace("Connection", keep ? "keep-alive" : "close");
        await client.WriteAsync(response.ToBytes(), stop).ConfigureAwait(false);
        if (bodiless)
        {
            return keep;
        }

        if (response.IsChunked)
        {
            await backend.CopyChunksAsync(client, stop).ConfigureAwait(false);
        }
        else if (response.ContentLength is { } length)
        {
            await backend.CopyExactlyAsync(client, length, stop).ConfigureAwait(false);
        }
        else
        {
            await backend.CopyToEndAsync(client, stop).ConfigureAwait(false);
        }

        return keep;
    }

    private static async Task RefuseAsync(Stream client, string status, CancellationToken stop)
    {
        var body = $"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>\r\n";
        var answer = $"HTTP/1.1 {status}\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
        await client.WriteAsync(Encoding.Latin1.GetBytes(answer), stop).ConfigureAwait(false);
    }
}
