using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Baker.Cli.Tests.Outages;

/// <summary>Hands connections on to a server, byte for byte, until an outage says otherwise.</summary>
internal sealed class Relay : IDisposable
{
    private static readonly byte[] s_otherProtocol = Encoding.ASCII.GetBytes("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    /// <summary>TLS: fatal, handshake_failure.</summary>
    private static readonly byte[] s_alert = [0x15, 3, 3, 0, 2, 2, 40];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Outage _outage;
    private readonly IPEndPoint _server;

    public Relay(Outage outage, IPEndPoint server)
    {
        (_outage, _server) = (outage, server);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptSocketAsync(_stop.Token);
            _ = ServeAsync(client, wasWhole: _outage.Wire is null);
        }
    }

    private async Task ServeAsync(Socket client, bool wasWhole)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var closing = client;
        try
        {
            await server.ConnectAsync(_server, _stop.Token);
            await Task.WhenAny(PumpAsync(client, server, client, wasWhole), PumpAsync(server, client, client, wasWhole));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two has gone.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Socket client, bool wasWhole)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                _outage.Pass();
                var (piece, kind) = (buffer.AsMemory(0, count), _outage.Wire);
                switch (kind)
                {
                    case null or "renegotiation":
                    case "stranger" when !wasWhole:
                        await SendAsync(to, piece);
                        continue;
                    case "silence":
                        await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);
                        return;
                    case "garbage" or "half" when from == client:
                        await SendAsync(to, piece); // what comes back is spoilt
                        continue;
                    case "garbage":
                        piece.Span[(count / 2)..].Reverse();
                        piece.Span[count / 2] ^= 0x55;
                        await SendAsync(to, piece);
                        continue;
                    case "half":
                        await SendAsync(to, piece[..(count / 2)]);
                        Reset(client);
                        return;
                    case "closed":
                        client.Shutdown(SocketShutdown.Both);
                        return;
                    case "other protocol" or "alert":
                        await SendAsync(client, kind == "alert" ? s_alert : s_otherProtocol);
                        client.Shutdown(SocketShutdown.Both);
                        return;
                    default:
                        Reset(client);
                        return;
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // As above.
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> piece)
    {
        while (piece.Length > 0)
        {
            piece = piece[await to.SendAsync(piece, _stop.Token)..];
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}
