using System.Net.Sockets;
using Baker.Core.Artifacts;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Baker.Cloud.Communicators;

/// <summary>One SSH connection, over which commands are run as root.</summary>
internal sealed class SshLink : IDisposable
{
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(20);

    private readonly SshClient _client;

    private SshLink(SshClient client) => _client = client;

    /// <exception cref="UntrustedHostException">The server showed another key than it should have.</exception>
    /// <exception cref="LinkException">It cannot be logged in to now.</exception>
    public static async Task<SshLink> OpenAsync(SshServer server, SshIdentity identity, HostKeys hostKeys, CancellationToken stop)
    {
        var information = new ConnectionInfo(
            server.Host,
            server.Port,
            server.User,
            new PrivateKeyAuthenticationMethod(server.User, identity.Key))
        { Timeout = s_connectLimit };
        if (hostKeys.Names is { Count: > 0 } names)
        {
            foreach (var name in information.HostKeyAlgorithms.Keys
                .Where(name => !names.Contains(name.StartsWith("rsa-sha2-", StringComparison.Ordinal) ? "ssh-rsa" : name))
                .ToList())
            {
                information.HostKeyAlgorithms.Remove(name);
            }
        }

        var client = new SshClient(information) { KeepAliveInterval = s_keepAlive };
        client.HostKeyReceived += (_, shown) => shown.CanTrust = hostKeys.Accept(shown.HostKey);
        try
        {
            await client.ConnectAsync(stop).ConfigureAwait(false);
            return new SshLink(client);
        }
        catch (Exception error)
        {
            client.Dispose();
            stop.ThrowIfCancellationRequested();
            throw hostKeys.Refused is { } refused ? new UntrustedHostException(refused, error)
                : IsOfLink(error) ? new LinkException(error)
                : error;
        }
    }

    /// <summary>Runs a script as root; its first argument is the home of the user who is logged in.</summary>
    /// <param name="input">What the script reads.</param>
    /// <param name="output">Is given what it prints, as it comes.</param>
    /// <returns>Its exit code, and what it, or the way to root, printed as errors.</returns>
    /// <exception cref="LinkException">The connection is lost.</exception>
    public async Task<(int Code, string Error)> RunAsync(
        string script,
        ReadOnlyMemory<byte> input,
        Action<ReadOnlySpan<byte>> output,
        CancellationToken stop)
    {
        try
        {
            using var command = _client.CreateCommand(AsRoot(script));
            var running = command.ExecuteAsync(stop);
            var reading = ReadAsync(command.OutputStream, output, stop);
            if (!input.IsEmpty)
            {
                var writer = command.CreateInputStream();
                await using (writer.ConfigureAwait(false))
                {
                    await writer.WriteAsync(input, stop).ConfigureAwait(false);
                }
            }

            await running.ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            return command.ExitStatus is { } code
                ? (code, command.Error)
                : throw new LinkException(new SshConnectionException("it ended without an exit code"));
        }
        catch (Exception error) when (IsOfLink(error))
        {
            stop.ThrowIfCancellationRequested();
            throw new LinkException(error);
        }
    }

    public void Dispose() => _client.Dispose();

    private static string AsRoot(string script)
    {
        var choose =
            $"script={Payload.Quote(script)}; if [ \"$(id -u)\" = 0 ]; then exec sh -c \"$script\" sh \"$HOME\"; fi; "
            + "exec sudo -n sh -c \"$script\" sh \"$HOME\"";
        return $"exec sh -c {Payload.Quote(choose)}";
    }

    private static async Task ReadAsync(Stream from, Action<ReadOnlySpan<byte>> output, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, stop).ConfigureAwait(false) is > 0 and var count)
        {
            output(buffer.AsSpan(0, count));
        }
    }

    private static bool IsOfLink(Exception error) =>
        error is SshException or SocketException or IOException or ObjectDisposedException or TimeoutException or InvalidOperationException;
}
