using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Baker.Cloud;

namespace Baker.Cli.Tests.Outages;

/// <summary>
/// An outage: from some request on, for a while or for good, requests fail in one way; of those that do not fail to get there, some
/// are carried out all the same. All of it follows from a number.
/// </summary>
internal sealed class Outage : IDisposable
{
    /// <summary>What happens to requests.</summary>
    private static readonly string[] s_http = ["reset", "refused", "no name", "silence", "garbage", "empty", "portal", "5xx", "half", "cut off"];

    /// <summary>What happens to connections, and to those over TLS alone.</summary>
    private static readonly string[] s_wire = ["reset", "closed", "silence", "garbage", "half", "other protocol"];
    private static readonly string[] s_tls = [.. s_wire, "alert", "stranger", "renegotiation"];

    /// <summary>Of requests, each by itself or all that goes over a connection with TLS.</summary>
    public static readonly string[] OfRequests = [.. s_http.Zip([.. s_tls, "alert"]).SelectMany(pair => new[] { pair.First, Tls + pair.Second })];

    /// <summary>Of SSH connections, and of the whole network.</summary>
    public static readonly string[] OfSsh = [.. s_wire.Select(kind => Ssh + kind), "silence", "refused"];

    /// <summary>Of what Packer sends, which waits for ever for what stays silent.</summary>
    public static readonly string[] OfPacker = [.. s_wire.Except(["silence"]).Select(kind => Tcp + kind)];

    private const string Tcp = "TCP ";
    private const string Tls = "TLS ";
    private const string Ssh = "SSH ";
    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly string _kind;
    private readonly int _after;
    private readonly TimeSpan? _length;
    private readonly ConcurrentDictionary<string, Relay> _relays = new(StringComparer.Ordinal);
    private TlsFront? _front;
    private int _requests;
    private long? _since;

    /// <param name="requests">About how many requests the command sends, or pieces over its connections.</param>
    public Outage(int number, string[] kinds, int requests, TimeProvider time)
    {
        (_random, _time) = (new Random(number), time);
        _kind = kinds[number % kinds.Length];
        _after = _random.Next(requests);
        _length = _random.Next(3) == 0 ? null : TimeSpan.FromSeconds(_random.Next(1, 60));
    }

    /// <summary>How many requests there were, and whether any of them failed.</summary>
    public string Kind => _kind;

    public string Told => $"{_kind} after {_after} of {_requests} requests, {(_length is { } length ? $"for {length.TotalSeconds} s" : "for good")}{(_since is null ? ", not met" : "")}";

    private string Where => _kind.Length > Tls.Length ? _kind[..Tls.Length] : "";

    /// <summary>Whether it is met by what goes over a connection, not by requests.</summary>
    private bool IsOfWire => Where is Tls or Ssh or Tcp;

    /// <summary>What becomes of a connection now; null where nothing does.</summary>
    public string? Wire => !IsOfWire || !IsOn ? null : _kind[Tls.Length..];

    private bool IsOn
    {
        get
        {
            lock (_gate)
            {
                return _since is { } since && (_length is not { } length || _time.GetElapsedTime(since) < length);
            }
        }
    }

    public HttpMessageHandler Before(HttpMessageHandler cloud) =>
        _kind.StartsWith(Tls, StringComparison.Ordinal) ? new Counter(this, _front ??= new TlsFront(this, cloud))
        : IsOfWire ? cloud
        : new Wires(this, cloud);

    /// <summary>Counts a piece that goes over a connection, where that is what is counted.</summary>
    public void Pass()
    {
        if (Where is Ssh or Tcp)
        {
            Next();
        }
    }

    /// <summary>Lets go what is asked for over SSH through a relay.</summary>
    public SshReach Before(SshReach reach) => !_kind.StartsWith(Ssh, StringComparison.Ordinal) ? reach : reach with
    {
        ServerOf = async (instance, stop) =>
        {
            if (await reach.ServerOf!(instance, stop) is not { } server)
            {
                return null;
            }

            var relay = _relays.GetOrAdd(server.Port + server.Host, _ => new Relay(this, new IPEndPoint(IPAddress.Parse(server.Host), server.Port)));
            return ("127.0.0.1", relay.Port);
        },
    };

    public void Dispose()
    {
        _front?.Dispose();
        foreach (var relay in _relays.Values)
        {
            relay.Dispose();
        }
    }

    private (bool Fails, bool Arrives) Next()
    {
        lock (_gate)
        {
            if (++_requests > _after)
            {
                _since ??= _time.GetTimestamp();
            }

            return (_since is { } since && (_length is not { } length || _time.GetElapsedTime(since) < length), _random.Next(2) == 0);
        }
    }

    private async Task<HttpResponseMessage> FailAsync(HttpRequestMessage request, Func<Task<HttpResponseMessage>> send, bool arrives, CancellationToken stop)
    {
        if (_kind == "refused")
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused", new SocketException((int)SocketError.ConnectionRefused));
        }

        if (_kind == "no name")
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, "Name or service not known", new SocketException((int)SocketError.HostNotFound));
        }

        var reply = arrives || _kind is "half" or "cut off" ? await send() : null;
        switch (_kind)
        {
            case "silence":
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
                throw new InvalidOperationException("It is never woken.");
            case "garbage":
                return Reply(request, 200, "\0\u0007<not> {anything} that is one");
            case "empty":
                return Reply(request, 200, "");
            case "portal":
                return Reply(request, 403, "<html><body>Sign in</body></html>");
            case "5xx":
                return Reply(request, 503, "<html><body>Service Unavailable</body></html>");
            case "half":
                var whole = await reply!.Content.ReadAsByteArrayAsync(stop);
                return Reply(request, (int)reply.StatusCode, whole[..(whole.Length / 2)], reply);
            case "cut off":
                throw new HttpRequestException("Error while copying content to a stream.", new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely"));
            default:
                throw new HttpRequestException("An error occurred while sending the request.", new IOException("Unable to read data", new SocketException((int)SocketError.ConnectionReset)));
        }
    }

    private static HttpResponseMessage Reply(HttpRequestMessage request, int status, string text) => Reply(request, status, System.Text.Encoding.UTF8.GetBytes(text), null);

    private static HttpResponseMessage Reply(HttpRequestMessage request, int status, byte[] body, HttpResponseMessage? like)
    {
        var reply = new HttpResponseMessage((HttpStatusCode)status) { RequestMessage = request, Content = new ByteArrayContent(body) };
        foreach (var (name, values) in like?.Headers.NonValidated ?? default)
        {
            reply.Headers.TryAddWithoutValidation(name, values.ToString());
        }

        return reply;
    }

    private sealed class Counter(Outage outage, HttpMessageHandler front) : DelegatingHandler(front)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            outage.Next();
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Wires(Outage outage, HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            outage.Next() is (true, var arrives)
                ? outage.FailAsync(request, () => base.SendAsync(request, cancellationToken), arrives, cancellationToken)
                : base.SendAsync(request, cancellationToken);
    }
}
