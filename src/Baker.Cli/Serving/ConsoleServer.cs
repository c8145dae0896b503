using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Where in the page what was seen last is put.</summary>
    private const string StateMark = "<!-- state -->";

    private readonly ConsoleFeed _feed;
    private readonly ConsoleLogs _logs;
    private readonly CancellationToken _stop;
    private readonly KestrelServer _server;
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    private ConsoleGuard? _guard;

    private ConsoleServer(ConsoleFeed feed, ConsoleLogs logs, int port, CancellationToken stop)
    {
        (_feed, _logs, _stop) = (feed, logs, stop);
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
    public static async Task<ConsoleServer> StartAsync(ConsoleFeed feed, ConsoleLogs logs, int port, CancellationToken stop)
    {
        var server = new ConsoleServer(feed, logs, port, stop);
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
            await StreamAsync(context, SayNewsAsync).ConfigureAwait(false);
        }
        else if (request.Path == "/logs")
        {
            await StreamAsync(context, SayLogsAsync).ConfigureAwait(false);
        }
        else if (request.Path == "/")
        {
            var page = ConsoleFile.Of("/")!;
            response.ContentType = page.Type;
            await response.WriteAsync(WithState(Encoding.UTF8.GetString(page.Bytes), _feed.Now.State), context.RequestAborted)
                .ConfigureAwait(false);
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

    /// <summary>
    /// The page with what was seen last in it, so that it need not ask before it shows something. The element holds data, not a script:
    /// the policy has nothing against it, and nothing in it can end it.
    /// </summary>
    private static string WithState(string page, ConsoleState state) => state.Text is null ? page : page.Replace(
        StateMark,
        $"<script type=\"application/json\" id=\"state\">{{\"version\":{state.Version},\"at\":{state.At.ToUnixTimeMilliseconds()},"
            + $"\"state\":{state.Text.Replace("<", "\\u003c", StringComparison.Ordinal)}}}</script>",
        StringComparison.Ordinal);

    /// <summary>Server-sent events, until the viewer goes.</summary>
    private async Task StreamAsync(HttpContext context, Func<HttpContext, CancellationToken, Task> say)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop);
        context.Response.ContentType = "text/event-stream";
        try
        {
            await context.Response.WriteAsync(": the page follows\n\n", ending.Token).ConfigureAwait(false);
            await say(context, ending.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The viewer has gone, or the page ends.
        }
    }

    /// <summary>What is seen, when it changes: to a viewer who has the look before, what is new of it. And each look's time.</summary>
    private async Task SayNewsAsync(HttpContext context, CancellationToken stop)
    {
        using var viewer = _feed.Join();
        var after = context.Request.Query["after"].ToString();
        _ = int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var sent);
        while (true)
        {
            var (state, next) = _feed.Now;
            if (state.Version > sent)
            {
                var (name, text) = state.News is { } news && sent == state.Version - 1 ? ("news", news) : ("state", state.Text);
                sent = state.Version;
                await context.Response.WriteAsync($"event: {name}\ndata: {text}\n\n", stop).ConfigureAwait(false);
            }

            var look = $"{{\"at\":{state.At.ToUnixTimeMilliseconds()},\"problem\":{JsonConvert.ToString((object?)state.Problem)}}}";
            await context.Response.WriteAsync($"event: look\ndata: {look}\n\n", stop).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(stop).ConfigureAwait(false);
            await next.WaitAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Which logs there are, and what is new in the one that is asked for. Only this machine's files are read for it.</summary>
    private async Task SayLogsAsync(HttpContext context, CancellationToken stop)
    {
        var tail = _logs.Follow(context.Request.Query["name"].ToString());
        for (var told = ""; ; await _logs.PauseAsync(stop).ConfigureAwait(false))
        {
            var list = _logs.List();
            if (list != told)
            {
                told = list;
                await context.Response.WriteAsync($"event: logs\ndata: {list}\n\n", stop).ConfigureAwait(false);
            }

            if (tail?.Next() is { } news)
            {
                await context.Response.WriteAsync($"event: output\ndata: {news}\n\n", stop).ConfigureAwait(false);
            }

            await context.Response.Body.FlushAsync(stop).ConfigureAwait(false);
        }
    }

    private static Task SayAsync(HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text + "\n");
    }
}
