using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Baker.LocalCloud.Serving;

/// <summary>Hands accepted connections to Kestrel, to which it is a listener.</summary>
internal sealed class ConnectionFeed : IConnectionListener
{
    private readonly Channel<ConnectionContext> _accepted =
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });

    // Sockets complete on the thread pool already, so that nothing has to be handed on to it; and a connection that waits may
    // hold its 4 KiB, which saves a system call for each request.
    private readonly SocketConnectionContextFactory _sockets = new(
        new SocketConnectionFactoryOptions { UnsafePreferInlineScheduling = true, WaitForDataBeforeAllocatingBuffer = false },
        NullLogger.Instance);

    public ConnectionFeed() => EndPoint = new FedEndPoint(this);

    public EndPoint EndPoint { get; }

    public ConnectionContext Open(Socket client) => _sockets.Create(client);

    /// <returns>Whether it was taken; otherwise it is closed.</returns>
    public bool Add(ConnectionContext client)
    {
        if (_accepted.Writer.TryWrite(client))
        {
            return true;
        }

        client.Abort();
        return false;
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && _accepted.Reader.TryRead(out var next)
            ? next
            : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        while (_accepted.Reader.TryRead(out var left))
        {
            await left.DisposeAsync().ConfigureAwait(false);
        }

        _sockets.Dispose();
    }

    /// <summary>What a feed is called in Kestrel's options.</summary>
    internal sealed class FedEndPoint(ConnectionFeed feed) : EndPoint
    {
        public ConnectionFeed Feed => feed;
    }
}
