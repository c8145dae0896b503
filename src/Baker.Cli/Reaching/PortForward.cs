using System.Net;
using System.Net.Sockets;

namespace Baker.Cli.Reaching;

/// <summary>Has a port of this machine's loopback lead to an address that this machine reaches, for as long as it is asked to.</summary>
/// <param name="say">Is told when nobody answers there.</param>
internal sealed class PortForward(IPEndPoint there, Action<string> say) : IDisposable
{
    private TcpListener? _listener;

    /// <summary>Listens; zero takes a port that is free.</summary>
    /// <returns>The port.</returns>
    public int Listen(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        return ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    /// <summary>Carries each connection, until it is stopped.</summary>
    public async Task CarryAsync(CancellationToken stop)
    {
        while (true)
        {
            var client = await _listener!.AcceptTcpClientAsync(stop).ConfigureAwait(false);
            _ = CarryAsync(client, stop);
        }
    }

    public void Dispose() => _listener?.Dispose();

    private async Task CarryAsync(TcpClient client, CancellationToken stop)
    {
        using var here = client;
        using var node = new TcpClient(there.AddressFamily);
        try
        {
            await node.ConnectAsync(there, stop).ConfigureAwait(false);
            await Task.WhenAll(CopyAsync(here, node, stop), CopyAsync(node, here, stop)).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            say($"{there} does not answer: {error.Message}");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // One of the two has hung up, or all of it ends.
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, CancellationToken stop)
    {
        await from.GetStream().CopyToAsync(to.GetStream(), stop).ConfigureAwait(false);
        to.Client.Shutdown(SocketShutdown.Send); // the other direction may go on
    }
}
