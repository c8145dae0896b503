using System.Net;
using Baker.LocalCloud.Serving;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// A listener that balances HTTP requests over pools of targets, as an Application Load Balancer does: 404 where no action
/// is taken, 503 without a target, 502 when the target refuses or breaks off, 504 when it is silent. Kestrel talks with
/// the clients, YARP's forwarder with the targets.
/// </summary>
internal sealed class Relay : IListening
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    private readonly Func<HttpRequest, ListenerAction?> _route;
    private readonly TrafficMeter _meter;
    private readonly TimeProvider _time;
    private readonly Lazy<Forwarding> _forwarding;
    private readonly HttpServer _server;
    private volatile RelaySettings _settings;

    /// <exception cref="System.Net.Sockets.SocketException">The address is taken or not permitted.</exception>
    public Relay(
        IPEndPoint address,
        RelaySettings settings,
        Func<HttpRequest, ListenerAction?> route,
        TrafficMeter meter,
        TimeProvider time)
    {
        (_settings, _route, _meter, _time) = (settings, route, meter, time);
        _forwarding = new Lazy<Forwarding>(() => new Forwarding(_settings, time));
        _server = new HttpServer(address, LimitsOf(settings), AnswerAsync, RefuseAsync);
    }

    public IPEndPoint Address => _server.Address;

    public int Connections => _server.Connections;

    public long Accepted => _server.Accepted;

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

    public ValueTask DrainAsync() => StopAsync(s_drain);

    public ValueTask DisposeAsync() => StopAsync(TimeSpan.FromSeconds(1));

    private static HttpLimits LimitsOf(RelaySettings settings) =>
        new(LargestBody: null, settings.Idle, settings.SpeaksHttp2) { Tls = settings.Tls };

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
        switch (_route(context.Request))
        {
            case ListenerAction.Forward forward:
                await ForwardAsync(context, forward.Pools).ConfigureAwait(false);
                return;
            case ListenerAction.Redirect redirect:
                await ListenerPages.RedirectAsync(context, redirect.To, _settings).ConfigureAwait(false);
                _meter.Count("HTTP_Redirect_Count", 1);
                break;
            case ListenerAction.Answer answer:
                await ListenerPages.FixedAsync(context, answer.With).ConfigureAwait(false);
                _meter.Count("HTTP_Fixed_Response_Count", 1);
                break;
            default:
                await RefuseAsync(context, StatusCodes.Status404NotFound).ConfigureAwait(false);
                break;
        }

        _meter.Answered(group: null, context.Response.StatusCode, time: null);
    }

    private async Task ForwardAsync(HttpContext context, WeightedPools pools)
    {
        var cookies = context.Request.Cookies;
        var pool = pools.Next(cookies[StickyCookies.Group]);
        var isApplications = pool?.Stickiness?.Kind == "app_cookie";
        var kept = pool?.Stickiness is null ? null : cookies[isApplications ? StickyCookies.Application : StickyCookies.Target];
        if (pool?.Take(kept) is not { } target)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable).ConfigureAwait(false);
            _meter.Answered(group: null, context.Response.StatusCode, time: null);
            return;
        }

        var request = new RelayedRequest(CookiesOf(pools, pool, target, isApplications), _time);
        request.PutIn(context);
        try
        {
            var error = await _forwarding.Value.SendAsync(context, target, pool.SpeaksHttp2, pool.SpeaksTls).ConfigureAwait(false);
            if (error is not ForwarderError.None && !context.Response.HasStarted)
            {
                // What cannot be said to any target, such as a Host that is no host's name, is the client's mistake.
                var status = error is ForwarderError.RequestCreation ? StatusCodes.Status400BadRequest : context.Response.StatusCode;
                await RefuseAsync(context, status).ConfigureAwait(false);
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
            _meter.Answered(pool.Arn, context.Response.StatusCode, request.Taken);
        }
    }

    private StickyCookies CookiesOf(WeightedPools pools, TargetPool pool, BalancedTarget target, bool isApplications)
    {
        var cookies = new StickyCookies(_time.GetUtcNow(), _settings.Scheme == "https");
        if (pools.Keeps is { } duration)
        {
            cookies.Add(StickyCookies.Group, pool.Token, duration);
        }

        if (pool.Stickiness is { } stickiness)
        {
            cookies.Add(
                isApplications ? StickyCookies.Application : StickyCookies.Target,
                target.Token,
                stickiness.Duration,
                isApplications ? stickiness.Cookie : null);
        }

        return cookies;
    }

    // A request whose body broke off is the client's own fault, and no page can reach it in order.
    private static Task RefuseAsync(HttpContext context, int status) =>
        context.RequestAborted.IsCancellationRequested ? Task.CompletedTask : ListenerPages.ErrorAsync(context, status);
}
