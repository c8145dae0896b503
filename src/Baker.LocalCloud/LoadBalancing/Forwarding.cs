using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The way from one listener to its targets.</summary>
internal sealed class Forwarding : IDisposable
{
    private static readonly IHttpForwarder s_forwarder = new ServiceCollection()
        .AddLogging()
        .AddHttpForwarder()
        .BuildServiceProvider()
        .GetRequiredService<IHttpForwarder>();

    // A kept connection may be closed by the target just as a request is sent on it. What is safe to send twice (RFC 9110, section
    // 9.2.1) is then sent again; the rest gets a connection of its own, and so does what may turn into another protocol.
    private readonly HttpMessageInvoker _kept;
    private readonly HttpMessageInvoker _fresh;
    private readonly HttpMessageInvoker _http2 = Client(new SocketsHttpHandler());

    private volatile Manner _manner;

    public Forwarding(RelaySettings settings, TimeProvider time)
    {
        _manner = Manner.Of(settings);
        _kept = Client(new SocketsHttpHandler { ConnectCallback = TargetStream.Connect(time, isKept: true) });
        _fresh = Client(new SocketsHttpHandler
        {
            ConnectCallback = TargetStream.Connect(time, isKept: false),
            PooledConnectionLifetime = TimeSpan.Zero,
        });
    }

    public void Use(RelaySettings settings) => _manner = Manner.Of(settings);

    public async ValueTask<ForwarderError> SendAsync(HttpContext context, BalancedTarget target, bool isHttp2, bool isSecure)
    {
        var manner = _manner;
        if (isHttp2 || !IsSafe(context.Request))
        {
            return await SendAsync(isHttp2 ? _http2 : _fresh, isHttp2 ? manner.Http2 : manner.Http1).ConfigureAwait(false);
        }

        var error = await SendAsync(_kept, manner.Http1).ConfigureAwait(false);
        if (error != ForwarderError.Request || !WasStale(context) || context.Response.HasStarted)
        {
            return error;
        }

        // Where a target closes many connections at once, another kept one may be closed too.
        context.Response.Clear();
        return await SendAsync(_fresh, manner.Http1).ConfigureAwait(false);

        ValueTask<ForwarderError> SendAsync(HttpMessageInvoker client, ForwarderRequestConfig config) =>
            s_forwarder.SendAsync(context, isSecure ? target.SecureUrl : target.Url, client, config, manner.Headers);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _fresh.Dispose();
        _http2.Dispose();
    }

    private static bool IsSafe(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0 && request.Headers.Upgrade.Count == 0;

    private static bool WasStale(HttpContext context) =>
        context.GetForwarderErrorFeature()?.Exception is HttpRequestException { InnerException: StaleConnectionException };

    private static HttpMessageInvoker Client(SocketsHttpHandler handler)
    {
        handler.SslOptions = TargetStream.Trusting();
        handler.UseProxy = false;
        handler.UseCookies = false;
        handler.AllowAutoRedirect = false;
        handler.AutomaticDecompression = DecompressionMethods.None;
        handler.EnableMultipleHttp2Connections = true;
        handler.ActivityHeadersPropagator = null;
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        return new HttpMessageInvoker(new FlushingHandler(handler));
    }

    private sealed record Manner(ForwarderRequestConfig Http1, ForwarderRequestConfig Http2, ForwardedHeaders Headers)
    {
        public static Manner Of(RelaySettings settings) =>
            new(Config(settings, HttpVersion.Version11), Config(settings, HttpVersion.Version20), new ForwardedHeaders(settings));

        private static ForwarderRequestConfig Config(RelaySettings settings, Version version) =>
            new() { ActivityTimeout = settings.Idle, Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }
}
