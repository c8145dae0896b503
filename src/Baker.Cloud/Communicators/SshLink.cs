using System.Runtime.ExceptionServices;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Baker.Cloud.Communicators;

/// <summary>
/// One SSH connection, over which commands are run as root. Whatever its library throws, also at bytes that are none of SSH's, is the
/// connection's loss.
/// </summary>
internal sealed class SshLink : IDisposable
{
    /// <summary>How often the other side is asked whether it is there: a connection may be dead without either end knowing.</summary>
    private static readonly TimeSpan s_pulse = TimeSpan.FromSeconds(15);

    /// <summary>How long it may take to say so.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(20);

    private readonly SshClient _client;
    private readonly TimeProvider _time;

    private SshLink(SshClient client, TimeProvider time) => (_client, _time) = (client, time);

    /// <exception cref="UntrustedHostException">The server showed another key than it should have.</exception>
    /// <exception cref="LinkException">It cannot be logged in to now.</exception>
    public static async Task<SshLink> OpenAsync(
        SshServer server,
        SshIdentity identity,
        HostKeys hostKeys,
        TimeProvider time,
        CancellationToken stop)
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
            // Not all of it heeds a token.
            await Task.Run(() => client.ConnectAsync(stop), stop).WaitAsync(s_connectLimit, time, stop).ConfigureAwait(false);
            return new SshLink(client, time);
        }
        catch (Exception error)
        {
            Leave(client);
            stop.ThrowIfCancellationRequested();
            throw hostKeys.Refused is { } refused ? new UntrustedHostException(refused, error)
                : error is BakerException ? error
                : new LinkException(error);
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
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (gate, isOver) = (new Lock(), false);
        ExceptionDispatchInfo? notTaken = null;
        try
        {
            var exchange = Task.Run(() => ExchangeAsync(script, input, Take, either.Token), stop);
            var dead = UntilDeadAsync(either.Token);
            if (await Task.WhenAny(exchange, dead).ConfigureAwait(false) == dead)
            {
                stop.ThrowIfCancellationRequested();
                throw new LinkException(await dead.ConfigureAwait(false)); // the exchange may never know
            }

            return await exchange.ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (LinkException or BakerException))
        {
            stop.ThrowIfCancellationRequested();
            notTaken?.Throw();
            throw new LinkException(error);
        }
        finally
        {
            lock (gate)
            {
                isOver = true;
            }

            await either.CancelAsync().ConfigureAwait(false);
        }

        // What comes to life again after it was given up is not wanted any more: all of it is asked for again.
        void Take(ReadOnlySpan<byte> piece)
        {
            lock (gate)
            {
                try
                {
                    if (!isOver)
                    {
                        output(piece);
                    }
                }
                catch (Exception error)
                {
                    notTaken = ExceptionDispatchInfo.Capture(error);
                    throw;
                }
            }
        }
    }

    public void Dispose() => Leave(_client);

    /// <summary>Lets go of a connection without waiting for the other side, which may be silent.</summary>
    private static void Leave(SshClient client) => _ = Task.Run(() =>
    {
        try
        {
            client.Dispose();
        }
#pragma warning disable CA1031 // it was lost before, in whatever way
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    });

    private async Task<(int Code, string Error)> ExchangeAsync(
        string script,
        ReadOnlyMemory<byte> input,
        Action<ReadOnlySpan<byte>> output,
        CancellationToken stop)
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

    /// <summary>Asks now and then for a sign of life, and gives what was met when none comes.</summary>
    private async Task<Exception> UntilDeadAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(s_pulse, _time, stop).ConfigureAwait(false);
            try
            {
                using var pulse = _client.CreateCommand(":");
                await Task.Run(() => pulse.ExecuteAsync(stop), stop).WaitAsync(s_silence, _time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return new TimeoutException("there was no sign of life");
            }
            catch (Exception error) when (!stop.IsCancellationRequested && !_client.IsConnected)
            {
                return error;
            }
            catch (SshException)
            {
                // A server that opens no second channel is alive.
            }
        }
    }

    private static string AsRoot(string script)
    {
        var choose =
            $"script={Quoting.Shell(script)}; if [ \"$(id -u)\" = 0 ]; then exec sh -c \"$script\" sh \"$HOME\"; fi; "
            + "exec sudo -n sh -c \"$script\" sh \"$HOME\"";
        return $"exec sh -c {Quoting.Shell(choose)}";
    }

    private static async Task ReadAsync(Stream from, Action<ReadOnlySpan<byte>> output, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, stop).ConfigureAwait(false) is > 0 and var count)
        {
            output(buffer.AsSpan(0, count));
        }
    }
}
