using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Baker.Core;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;

namespace Baker.Cli.Serving;

/// <summary>Serves the page and the stream of what it shows, on loopback alone.</summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    /// <summary>Nothing but the page's own files, none of them inline, and in no frame.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly ConsoleFeed _feed;
    private readonly CancellationToken _stop;
    private readonly KestrelServer _server;
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    private ConsoleGuard? _guard;

    private ConsoleServer(ConsoleFeed feed, int port, CancellationToken stop)
    {
        (_feed, _stop) = (feed, stop);
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        _server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The address to open, with the token in it.</summary>
    public Uri Link => new(Address, $"?token={_token}");

    /// <exception cref="BakerException">The port cannot be had.</exception>
    public static async Task<ConsoleServer> StartAsync(ConsoleFeed feed, int port, CancellationToken stop)
    {
        var server = new ConsoleServer(feed, port, stop);
        try
        {
            await server._server.StartAsync(new ConsoleApplication(server.AnswerAsync), stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            server._server.Dispose();
            throw new BakerException(
                ExitCode.BadInput,
                string.Create(CultureInfo.InvariantCulture, $"Port {port} of 127.0.0.1 cannot be opened: {error.Message}"),
                "Choose another with --port, or 0 for any free one.",
                error);
        }

        server.Address = new Uri(server._server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        server._guard = new ConsoleGuard(server._token, server.Address.Port);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(s_grace);
        await _server.StopAsync(patience.Token).ConfigureAwait(false);
        _server.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-store";
        if ((_guard is null ? "The page is about to begin." : _guard.Refusal(request)) is { } refusal)
        {
            await SayAsync(response, StatusCodes.Status403Forbidden, refusal).ConfigureAwait(false);
        }
        else if (request.Method != "GET")
        {
            response.Headers.Allow = "GET";
            await SayAsync(response, StatusCodes.Status405MethodNotAllowed, "This page only reads.").ConfigureAwait(false);
        }
        else if (request.Path == "/" && _guard!.HasTokenInAddress(request))
        {
            // The token leaves the address bar; what stands after # stays there.
            response.Headers.SetCookie = _guard.Cookie;
            response.Headers.Location = "/";
            response.StatusCode = StatusCodes.Status303SeeOther;
        }
        else if (request.Path == "/events")
        {
            await StreamAsync(context).ConfigureAwait(false);
        }
        else if (ConsoleFile.Of(request.Path) is { } file)
        {
            response.ContentType = file.Type;
            await response.Body.WriteAsync(file.Bytes, context.RequestAborted).ConfigureAwait(false);
        }
        else
        {
            await SayAsync(response, StatusCodes.Status404NotFound, "There is no such page.").ConfigureAwait(false);
        }
    }

    /// <summary>Server-sent events: what is seen, when it changes, and each look's time.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop);
        using var viewer = _feed.Join();
        context.Response.ContentType = "text/event-stream";
        try
        {
            await context.Response.WriteAsync(": the page follows\n\n", ending.Token).ConfigureAwait(false);
            for (var sent = 0; ;)
            {
                var (state, next) = _feed.Now;
                if (state.Version > sent)
                {
                    sent = state.Version;
                    await context.Response.WriteAsync($"event: state\ndata: {state.Text}\n\n", ending.Token).ConfigureAwait(false);
                }

                var look = $"{{\"at\":{state.At.ToUnixTimeMilliseconds()},\"problem\":{JsonConvert.ToString((object?)state.Problem)}}}";
                await context.Response.WriteAsync($"event: look\ndata: {look}\n\n", ending.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(ending.Token).ConfigureAwait(false);
                await next.WaitAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The viewer has gone, or the page ends.
        }
    }

    private static Task SayAsync(HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text + "\n");
    }
}
