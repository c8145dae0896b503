using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The way from one listener to its targets.</summary>
internal sealed class Forwarding : IDisposable
{
    private static readonly IHttpForwarder s_forwarder = new ServiceCollection().AddLogging().AddHttpForwarder().BuildServiceProvider().GetRequiredService<IHttpForwarder>();

    // A kept connection may be closed by the target just as a request is sent on it. Where nothing of an answer has come, the
    // handler takes another connection, but it does not look at the method and gives up once it has begun to send a body; so
    // what is not safe to send twice (RFC 9110, section 9.2.1) gets a connection of its own.
    private readonly HttpMessageInvoker _kept = Client(Timeout.InfiniteTimeSpan);
    private readonly HttpMessageInvoker _fresh = Client(TimeSpan.Zero);

    private volatile Manner _manner;

    public Forwarding(RelaySettings settings) => _manner = Manner.Of(settings);

    public void Use(RelaySettings settings) => _manner = Manner.Of(settings);

    public async ValueTask<ForwarderError> SendAsync(HttpContext context, BalancedTarget target, bool isHttp2)
    {
        var manner = _manner;
        if (isHttp2 || !IsSafe(context.Request))
        {
            return await SendAsync(isHttp2 ? _kept : _fresh, isHttp2 ? manner.Http2 : manner.Http1).ConfigureAwait(false);
        }

        var error = await SendAsync(_kept, manner.Http1).ConfigureAwait(false);
        if (error != ForwarderError.Request || context.Response.HasStarted || !WasClosed(context.GetForwarderErrorFeature()?.Exception))
        {
            return error;
        }

        // The handler tries a few kept connections, and where a target closes many at once each of them may be one.
        context.Response.Clear();
        return await SendAsync(_fresh, manner.Http1).ConfigureAwait(false);

        ValueTask<ForwarderError> SendAsync(HttpMessageInvoker client, ForwarderRequestConfig config) =>
            s_forwarder.SendAsync(context, target.Url, client, config, manner.Headers);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _fresh.Dispose();
    }

    private static bool IsSafe(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0;

    private static bool WasClosed(Exception? error) =>
        error is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpRequestException { InnerException: IOException { InnerException: SocketException } };

    private static HttpMessageInvoker Client(TimeSpan lifetime) => new(new FlushingHandler(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = lifetime,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    }));

    private sealed record Manner(ForwarderRequestConfig Http1, ForwarderRequestConfig Http2, ForwardedHeaders Headers)
    {
        public static Manner Of(RelaySettings settings) =>
            new(Config(settings, HttpVersion.Version11), Config(settings, HttpVersion.Version20), new ForwardedHeaders(settings));

        private static ForwarderRequestConfig Config(RelaySettings settings, Version version) =>
            new() { ActivityTimeout = settings.Idle, Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }
}
