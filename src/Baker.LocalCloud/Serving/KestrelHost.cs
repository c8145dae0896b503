using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.Running;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Baker.LocalCloud.Serving;

/// <summary>Kestrel by itself, without a host around it, over connections that were accepted elsewhere.</summary>
internal sealed class KestrelHost : IAsyncDisposable
{
    private const int LargestHead = 64 * 1024;
    private const int MostHeaders = 500;

    // For the runtime, the journal, sandboxes.
    private const int FilesForOthers = 216;

    // How long those may be silent that come when half of what there is for connections is taken: who only holds one lets others in.
    private static readonly TimeSpan s_crowdedKeepAlive = TimeSpan.FromSeconds(2);

    private static int s_connections;

    private TimeSpan _keepAlive;
    private int _own;

    private readonly KestrelServerOptions _options = new() { AddServerHeader = false };
    private readonly KestrelServer _server;
    private readonly ConnectionFeed _http1 = new();
    private readonly ConnectionFeed _http2 = new();

    // Kestrel takes a bare line feed for the end of a line unless told otherwise, and another server may not.
    static KestrelHost() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);

    private KestrelHost(bool answersTheHalfClosed)
    {
        var limits = _options.Limits;
        limits.MaxRequestLineSize = LargestHead;
        limits.MaxRequestHeadersTotalSize = LargestHead;
        limits.MaxRequestHeaderCount = MostHeaders;

        // What drips is slow on purpose: it is idle times that count.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;

        // Header bytes go through as they came.
        _options.RequestHeaderEncodingSelector = HeaderEncoding.Of;
        _options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        _options.Listen(_http1.EndPoint, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.Use(Counted);
            if (answersTheHalfClosed)
            {
                endpoint.Use(AnswerTheHalfClosed);
            }
        });
        _options.Listen(_http2.EndPoint, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            endpoint.Use(Counted);
        });
        _server = new KestrelServer(Options.Create(_options), new FeedTransport(), NullLoggerFactory.Instance);
    }

    /// <summary>Whether the connections of all hosts leave no file to be opened but what the rest of the process needs.</summary>
    public static bool IsFull => Volatile.Read(ref s_connections) >= MostConnections;

    private static int MostConnections => OpenFiles.Most - FilesForOthers;

    /// <summary>How long requests under way may take to end when the host does.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(1);

    public static async Task<KestrelHost> StartAsync(HttpLimits limits, HttpAnswer answer, HttpRefusal refuse)
    {
        var host = new KestrelHost(limits.AnswersTheHalfClosed);
        host.Use(limits);
        await host._server.StartAsync(new HttpApplication(answer, refuse), CancellationToken.None).ConfigureAwait(false);
        return host;
    }

    /// <summary>Sets the limits of connections that come from now on.</summary>
    public void Use(HttpLimits limits)
    {
        _keepAlive = limits.KeepAlive;
        _options.Limits.MaxRequestBodySize = limits.LargestBody;
    }

    /// <summary>How many connections there are now.</summary>
    public int Connections => Volatile.Read(ref _own);

    public void Take(Socket client, bool isHttp2) => Take((isHttp2 ? _http2 : _http1).Open(client), isHttp2);

    /// <summary>Agrees on TLS with a client, and then on the version of HTTP.</summary>
    public async Task TakeAsync(Socket client, ServerTls tls, bool speaksHttp2, CancellationToken stop)
    {
        var connection = _http1.Open(client);
        try
        {
            Take(connection, await SecureConnection.BeginAsync(connection, tls, speaksHttp2, stop).ConfigureAwait(false));
        }
#pragma warning disable CA1031 // whatever a client says in place of TLS, it is its own connection that ends
        catch (Exception)
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning restore CA1031
    }

    private void Take(ConnectionContext client, bool isHttp2)
    {
        Interlocked.Increment(ref _own);
        var isCrowded = Interlocked.Increment(ref s_connections) > MostConnections / 2;
        _options.Limits.KeepAliveTimeout = isCrowded && _keepAlive > s_crowdedKeepAlive ? s_crowdedKeepAlive : _keepAlive;
        if (!(isHttp2 ? _http2 : _http1).Add(client))
        {
            Interlocked.Decrement(ref s_connections);
            Interlocked.Decrement(ref _own);
        }
    }

    private ConnectionDelegate Counted(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref s_connections);
            Interlocked.Decrement(ref _own);
        }
    };

    // Kestrel takes the end of what a client sends for the end of the connection, and aborts the request. Without that notice it
    // comes to that end when it reads the next request; and who is gone altogether is noticed when the answer is written.
    private static ConnectionDelegate AnswerTheHalfClosed(ConnectionDelegate next) => connection =>
    {
        connection.ConnectionClosed = CancellationToken.None;
        return next(connection);
    };

    /// <summary>Ends idle connections at once, the others with the request that is under way, or when the grace is over.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Grace);
        await _server.StopAsync(patience.Token).ConfigureAwait(false);
        _server.Dispose();
    }
}
