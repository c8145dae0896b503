using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Baker.Cli.Tests.Outages;

/// <summary>
/// An outage: from some request on, for a while or for good, requests fail in one way; of those that do not fail to get there, some
/// are carried out all the same. All of it follows from a number.
/// </summary>
internal sealed class Outage
{
    private static readonly string[] s_kinds = ["reset", "refused", "no name", "silence", "garbage", "empty", "portal", "5xx", "half", "cut off", "TLS", "TLS broken off"];
    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly string _kind;
    private readonly int _after;
    private readonly TimeSpan? _length;
    private int _requests;
    private long? _since;

    /// <param name="requests">About how many requests the command sends.</param>
    public Outage(int number, int requests, TimeProvider time)
    {
        (_random, _time) = (new Random(number), time);
        _kind = s_kinds[number % s_kinds.Length];
        _after = _random.Next(requests);
        _length = _random.Next(3) == 0 ? null : TimeSpan.FromSeconds(_random.Next(1, 60));
    }

    /// <summary>How many requests there were, and whether any of them failed.</summary>
    public string Told => $"{_kind} after {_after} of {_requests} requests, {(_length is { } length ? $"for {length.TotalSeconds} s" : "for good")}{(_since is null ? ", not met" : "")}";

    public HttpMessageHandler Before(HttpMessageHandler cloud) => new Wire(this, cloud);

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

        if (_kind == "TLS")
        {
            throw new HttpRequestException(HttpRequestError.SecureConnectionError, "The SSL connection could not be established", new AuthenticationException("The remote certificate is invalid"));
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
            case "TLS broken off":
                throw new IOException("Received an unexpected EOF or 0 bytes from the transport stream.");
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

    private sealed class Wire(Outage outage, HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            outage.Next() is (true, var arrives)
                ? outage.FailAsync(request, () => base.SendAsync(request, cancellationToken), arrives, cancellationToken)
                : base.SendAsync(request, cancellationToken);
    }
}
