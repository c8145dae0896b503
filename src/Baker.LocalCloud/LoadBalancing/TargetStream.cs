using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// A connection to a target. Where one ends before a byte of the answer, <see cref="SocketsHttpHandler"/> sends a request
/// without a body again, up to three times, whatever its method and however long the target has worked on it. So such an end
/// is a failure here; and it is a <see cref="StaleConnectionException"/> only where the target cannot have taken the request.
/// </summary>
internal sealed class TargetStream : NetworkStream
{
    // What was closed already shows as soon as the request is sent. The rest is for a busy host.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly bool _isKept;
    private int _state = State.Asked;
    private bool _hasAnswered;
    private long _askedAt;

    private TargetStream(Socket socket, TimeProvider time, bool isKept)
        : base(socket, ownsSocket: true) => (_time, _isKept) = (time, isKept);

    /// <summary>Connects for many requests without bodies, one after the other, or for a single one of any kind.</summary>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect(TimeProvider time, bool isKept) =>
        async (context, stop) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, stop).ConfigureAwait(false);
                return new TargetStream(socket, time, isKept);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };

    /// <summary>How a target's TLS is taken: as AWS does, whatever its certificate says.</summary>
    public static SslClientAuthenticationOptions Trusting(IPEndPoint? target = null) => new()
    {
        TargetHost = target?.Address.ToString(),
#pragma warning disable CA5359 // load balancers look at no certificate of a target ("Target groups", Elastic Load Balancing)
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isKept)
        {
            _askedAt = _time.GetTimestamp();
            if (Interlocked.Exchange(ref _state, State.Asked) == State.Ended)
            {
                throw new StaleConnectionException(cause: null);
            }
        }

        try
        {
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error) when (_isKept && _hasAnswered)
        {
            throw new StaleConnectionException(error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error) when (EndsUnanswered() && IsStale())
        {
            throw new StaleConnectionException(error);
        }

        if (read > 0)
        {
            _hasAnswered = true;
            Volatile.Write(ref _state, State.Answered);
        }
        else if (!buffer.IsEmpty && EndsUnanswered())
        {
            throw IsStale()
                ? new StaleConnectionException(cause: null)
                : new HttpIOException(HttpRequestError.ResponseEnded, "The target has closed the connection without an answer.");
        }

        return read;
    }

    private bool EndsUnanswered() => Interlocked.Exchange(ref _state, State.Ended) == State.Asked;

    private bool IsStale() => _isKept && _hasAnswered && _time.GetElapsedTime(_askedAt) < s_atOnce;

    private static class State
    {
        public const int Asked = 0;
        public const int Answered = 1;
        public const int Ended = 2;
    }
}
