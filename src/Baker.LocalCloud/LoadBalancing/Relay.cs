using System.Net;
using System.Text;
using Baker.LocalCloud.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.ReverseProxy.Forwarder;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// A listener that balances HTTP requests over pools of targets, as an Application Load Balancer does: 404 where no action
/// sends anywhere, 503 without a target, 502 when the target refuses or breaks off, 504 when it is silent. Kestrel talks with
/// the clients, YARP's forwarder with the targets.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    private readonly Func<HttpRequest, TargetPool?> _route;
    private readonly Lazy<Forwarding> _forwarding;
    private readonly HttpServer _server;
    private RelaySettings _settings;

    /// <exception cref="System.Net.Sockets.SocketException">The address is taken or not permitted.</exception>
    public Relay(IPEndPoint address, RelaySettings settings, Func<HttpRequest, TargetPool?> route, TimeProvider time)
    {
        (_settings, _route) = (settings, route);
        _forwarding = new Lazy<Forwarding>(() => new Forwarding(_settings, time));
        _server = new HttpServer(address, LimitsOf(settings), AnswerAsync, RefuseAsync);
    }

    public IPEndPoint Address => _server.Address;

    /// <summary>Goes on with other settings, for requests and connections that come from now on.</summary>
    public void Use(RelaySettings settings)
    {
        if (settings == _settings)
        {
            return;
        }

        _settings = settings;
        _server.Use(LimitsOf(settings));
        if (_forwarding.IsValueCreated)
        {
            _forwarding.Value.Use(settings);
        }
    }

    /// <summary>Takes no new request, and lets those under way end for a while.</summary>
    public ValueTask DrainAsync() => StopAsync(s_drain);

    public ValueTask DisposeAsync() => StopAsync(TimeSpan.FromSeconds(1));

    private static HttpLimits LimitsOf(RelaySettings settings) => new(LargestBody: null, settings.Idle, settings.SpeaksHttp2);

    private async ValueTask StopAsync(TimeSpan grace)
    {
        await _server.StopAsync(grace).ConfigureAwait(false);
        if (_forwarding.IsValueCreated)
        {
            _forwarding.Value.Dispose();
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var pool = _route(context.Request);
        if (pool?.Take() is not { } target)
        {
            await RefuseAsync(
                context,
                pool is null ? StatusCodes.Status404NotFound : StatusCodes.Status503ServiceUnavailable).ConfigureAwait(false);
            return;
        }

        try
        {
            if (await _forwarding.Value.SendAsync(context, target, pool.SpeaksHttp2).ConfigureAwait(false) is not ForwarderError.None
                && !context.Response.HasStarted)
            {
                await RefuseAsync(context, context.Response.StatusCode).ConfigureAwait(false);
            }
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            // Kestrel does not send what the target has answered.
            await RefuseAsync(context, StatusCodes.Status502BadGateway).ConfigureAwait(false);
        }
        finally
        {
            pool.Release(target);
        }
    }

    private static async Task RefuseAsync(HttpContext context, int status)
    {
        // A request whose body broke off is the client's own fault, and no page can reach it in order.
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var words = status switch
        {
            StatusCodes.Status400BadRequest => "400 Bad Request",
            StatusCodes.Status404NotFound => "404 Not Found",
            StatusCodes.Status408RequestTimeout => "408 Request Time-out",
            StatusCodes.Status502BadGateway => "502 Bad Gateway",
            StatusCodes.Status503ServiceUnavailable => "503 Service Temporarily Unavailable",
            StatusCodes.Status504GatewayTimeout => "504 Gateway Time-out",
            _ => $"{status} {ReasonPhrases.GetReasonPhrase(status)}",
        };
        var connection = context.Response.Headers.Connection;
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.Headers.Connection = connection;
        context.Response.Headers.Server = "awselb/2.0";
        context.Response.ContentType = "text/html";
        var page = Encoding.ASCII.GetBytes(
            $"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n</body>\r\n</html>\r\n");
        context.Response.ContentLength = page.Length;
        await context.Response.BodyWriter.WriteAsync(page).ConfigureAwait(false);
    }
}
