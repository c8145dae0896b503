using System.Net;
using Baker.LocalCloud.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.Serving;

/// <summary>Serves the local cloud over HTTP/1.1 on 127.0.0.1, for programs that are not this one.</summary>
internal sealed class CloudServer : IAsyncDisposable
{
    /// <summary>How many bytes the body of a request may have, packed or not.</summary>
    public const long LargestBody = 1L << 30;

    private static readonly HttpLimits s_limits = new(LargestBody, KeepAlive: TimeSpan.FromMinutes(10), AnswersTheHalfClosed: true);

    private readonly Func<CloudRequest, CloudResponse> _answer;
    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);
    private readonly HttpServer _server;

    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public CloudServer(int port, Func<CloudRequest, CloudResponse> answer)
    {
        _answer = answer;
        _server = new HttpServer(new IPEndPoint(IPAddress.Loopback, port), s_limits, AnswerAsync);
        Address = new Uri($"http://{_server.Address}");
    }

    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _turns.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (PageGuard.Refusal(context.Request) is { } reason)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"The local cloud refuses this request: {reason}.\n", context.RequestAborted).ConfigureAwait(false);
            return;
        }

        var request = ToRequest(context, await ReadBodyAsync(context.Request).ConfigureAwait(false));
        var response = await AskAsync(request).ConfigureAwait(false);
        using var body = response.Body;
        if (response.IsLost)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = response.Status;
        foreach (var (name, value) in response.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (response.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        context.Response.ContentLength ??= body.Length;
        foreach (var piece in body.Pieces)
        {
            await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted).ConfigureAwait(false);
        }
    }

    // What all of them have to wait for is the cloud's lock and the processors: more at once would only wait with more in hand.
    private async Task<CloudResponse> AskAsync(CloudRequest request)
    {
        await _turns.WaitAsync().ConfigureAwait(false);
        try
        {
            return _answer(request);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength is { } length)
        {
            if (length > LargestBody)
            {
                throw new BadHttpRequestException("the body is larger than 1 GiB", StatusCodes.Status413PayloadTooLarge);
            }

            var body = length == 0 ? [] : new byte[length];
            await request.Body.ReadExactlyAsync(body, request.HttpContext.RequestAborted).ConfigureAwait(false);
            return body;
        }

        var chunks = new MemoryStream();
        await request.Body.CopyToAsync(chunks, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return chunks.ToArray();
    }

    private static CloudRequest ToRequest(HttpContext context, byte[] body)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in context.Request.Headers)
        {
            headers[name] = string.Join(", ", values.AsEnumerable());
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(target, UriKind.Absolute, out var absolute))
        {
            target = absolute.PathAndQuery;
        }

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return new CloudRequest(
            context.Request.Method,
            question < 0 ? target : target[..question],
            question < 0 ? "" : target[(question + 1)..],
            headers,
            body);
    }
}
