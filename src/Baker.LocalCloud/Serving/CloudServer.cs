using System.Net;
using Baker.LocalCloud.Metadata;
using Baker.LocalCloud.Notifications;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Baker.LocalCloud.Serving;

/// <summary>Serves the local cloud over HTTP/1.1 on a loopback address, for programs that are not this one.</summary>
internal sealed class CloudServer : IAsyncDisposable
{
    /// <summary>How many bytes the body of a request may have, packed or not.</summary>
    public const long LargestBody = 1L << 30;

    // Of who did not sign, as much of the body is read as tells in which words to refuse.
    private const long LargestOfStrangers = 64 * 1024;

    private static readonly HttpLimits s_limits = new(LargestBody, KeepAlive: TimeSpan.FromMinutes(10), AnswersTheHalfClosed: true);

    private readonly Func<CloudRequest, CloudResponse> _answer;
    private readonly Func<CloudRequest, CloudException, CloudResponse> _refuse;
    private readonly SignatureCheck? _signatures;
    private readonly MetadataService? _metadata;
    private readonly RequestBodies _bodies;
    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);
    private readonly HttpServer _server;

    /// <param name="address">The address; port 0 is any.</param>
    /// <param name="answer">Answers a request.</param>
    /// <param name="refuse">Answers a request that did not come in order, without its body.</param>
    /// <param name="signatures">What requests must pass; null where any signature does.</param>
    /// <param name="metadata">Answers what instances ask about themselves, where they come this way.</param>
    /// <param name="mostInHand">How many bytes the larger bodies under way may have together.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public CloudServer(
        IPEndPoint address,
        Func<CloudRequest, CloudResponse> answer,
        Func<CloudRequest, CloudException, CloudResponse> refuse,
        SignatureCheck? signatures = null,
        MetadataService? metadata = null,
        long mostInHand = LargestBody)
    {
        (_answer, _refuse, _signatures, _metadata) = (answer, refuse, signatures, metadata);
        _bodies = new RequestBodies(LargestBody, mostInHand);
        _server = new HttpServer(address, s_limits, AnswerAsync, RefuseAsync);
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
            await SendAsync(context, Refuse(context, new CloudException("AccessDenied", $"The local cloud refuses this: {reason}.", 403)))
                .ConfigureAwait(false);
            return;
        }

        if (HttpMethods.IsConnect(context.Request.Method))
        {
            // Its answer would have no body: what follows belongs to the tunnel.
            await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed).ConfigureAwait(false);
            return;
        }

        CloudResponse response;
        try
        {
            var head = ToRequest(context, []);
            if (_metadata is not null && MetadataService.IsFor(head))
            {
                await SendAsync(context, await OfInstanceAsync(_metadata, context, head).ConfigureAwait(false)).ConfigureAwait(false);
                return;
            }

            if (SignaturesFor(head)?.OfHead(head) is { } denial && context.Request.ContentLength is not <= LargestOfStrangers)
            {
                throw denial;
            }

            using var body = await _bodies.ReadAsync(context.Request).ConfigureAwait(false);
            response = await AskAsync(head with { Body = body.Bytes }).ConfigureAwait(false);
        }
        catch (CloudException full)
        {
            response = Refuse(context, full);
        }
        catch (BadHttpRequestException broken)
        {
            response = Refuse(context, new CloudException(CodeOf(broken.StatusCode), broken.Message, broken.StatusCode));
        }
        catch (Exception broken) when (broken is IOException or OverflowException && !context.RequestAborted.IsCancellationRequested)
        {
            // Kestrel could not read the size of a chunk.
            response = Refuse(context, new CloudException(CodeOf(400), "The body of the request is not what its headers say."));
        }

        await SendAsync(context, response).ConfigureAwait(false);
    }

    private Task RefuseAsync(HttpContext context, int status) => SendAsync(context, Refuse(
        context,
        new CloudException(CodeOf(status), $"The request cannot be answered: {ReasonPhrases.GetReasonPhrase(status)}.", status)));

    private CloudResponse Refuse(HttpContext context, CloudException error)
    {
        // What is left of the request is not read.
        context.Response.Headers.Connection = "close";
        return _refuse(ToRequest(context, []), error);
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status405MethodNotAllowed => "MethodNotAllowed",
        StatusCodes.Status413PayloadTooLarge => "RequestEntityTooLarge",
        StatusCodes.Status501NotImplemented => "NotImplemented",
        _ => "MalformedHttpRequest",
    };

    private static async Task SendAsync(HttpContext context, CloudResponse response)
    {
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
    private SignatureCheck? SignaturesFor(CloudRequest request) =>
        StatusService.IsProof(request) || TopicLinks.Are(request) ? null : _signatures;

    private async Task<CloudResponse> AskAsync(CloudRequest request)
    {
        await _turns.WaitAsync().ConfigureAwait(false);
        try
        {
            return SignaturesFor(request)?.OfWhole(request) is { } denial ? _refuse(request, denial) : _answer(request);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task<CloudResponse> OfInstanceAsync(MetadataService metadata, HttpContext context, CloudRequest request)
    {
        var connection = context.Connection;
        await _turns.WaitAsync().ConfigureAwait(false);
        try
        {
            return metadata.Answer(
                request,
                new IPEndPoint(connection.RemoteIpAddress!, connection.RemotePort),
                new IPEndPoint(connection.LocalIpAddress!, connection.LocalPort));
        }
        finally
        {
            _turns.Release();
        }
    }

    private static CloudRequest ToRequest(HttpContext context, byte[] body)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in context.Request.Headers)
        {
            headers[name] = string.Join(',', values.AsEnumerable());
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
