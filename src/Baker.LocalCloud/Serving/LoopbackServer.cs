using System.Globalization;
using System.Net;
using System.Text;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.Serving;

/// <summary>Serves the local cloud over HTTP/1.1 on 127.0.0.1, for programs that are not this one.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private const long LargestBody = 1L << 30;

    private readonly Func<CloudRequest, CloudResponse> _answer;
    private readonly HttpServer _server;

    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public LoopbackServer(int port, Func<CloudRequest, CloudResponse> answer)
    {
        _answer = answer;
        _server = new HttpServer(new IPEndPoint(IPAddress.Loopback, port), (wire, head, _, stop) => AnswerAsync(wire, head, stop));
        Address = new Uri($"http://{_server.Address}");
    }

    public Uri Address { get; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Answers one request; true where another may follow on the connection.</summary>
    private async Task<bool> AnswerAsync(HttpWire wire, HttpHead head, CancellationToken stop)
    {
        if (head["Expect"] is { } expect && expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await wire.Stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop).ConfigureAwait(false);
        }

        var request = ToRequest(head, await ReadBodyAsync(wire, head, stop).ConfigureAwait(false));
        var response = await Task.Run(() => _answer(request), stop).ConfigureAwait(false);
        if (response.IsLost)
        {
            return false;
        }

        var keep = head.KeepsAlive;
        await wire.Stream.WriteAsync(HeadOf(response, keep), stop).ConfigureAwait(false);
        if (head.Method != "HEAD")
        {
            await wire.Stream.WriteAsync(response.Body, stop).ConfigureAwait(false);
        }

        return keep;
    }

    private static async Task<byte[]> ReadBodyAsync(HttpWire wire, HttpHead head, CancellationToken stop)
    {
        var body = new MemoryStream();
        if (head.IsChunked)
        {
            await wire.CopyChunksAsync(body, stop).ConfigureAwait(false);
            return Chunks.Join(body.GetBuffer().AsSpan(0, (int)body.Length));
        }

        if (head.ContentLength is > LargestBody)
        {
            throw new InvalidDataException("the body is larger than 1 GiB");
        }

        await wire.CopyExactlyAsync(body, head.ContentLength ?? 0, stop).ConfigureAwait(false);
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
