using System.Net.Sockets;
using System.Text;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Communicators;

/// <summary>Reaches an instance over SSH: for images without an SSM agent.</summary>
/// <param name="note">Is told what a person should know.</param>
internal sealed class SshCommunicator(
    CloudClients clients,
    Pacer pacer,
    TimeProvider time,
    SshTarget target,
    SshIdentity identity,
    Action<string> note) : ICommunicator
{
    /// <summary>How long a lost connection may take to come back; the scripts go on meanwhile.</summary>
    private static readonly TimeSpan s_reconnectLimit = TimeSpan.FromMinutes(2);

    /// <summary>How long a port may take to answer.</summary>
    private static readonly TimeSpan s_portLimit = TimeSpan.FromSeconds(10);

    /// <summary>A connection that lived so long was a good one.</summary>
    private static readonly TimeSpan s_longLife = TimeSpan.FromMinutes(1);

    /// <summary>How often connections may be lost, one after another, without having been of use.</summary>
    private const int MostLosses = 5;

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

    private HostKeys? _hostKeys;
    private SshLink? _link;

    /// <param name="hostKeys">The keys of the host, where they are known from elsewhere than its console.</param>
    public SshCommunicator(
        CloudClients clients,
        Pacer pacer,
        TimeProvider time,
        SshTarget target,
        SshIdentity identity,
        Action<string> note,
        HostKeys hostKeys)
        : this(clients, pacer, time, target, identity, note) => _hostKeys = hostKeys;

    public async Task UntilReadyAsync(CancellationToken stop)
    {
        var opened = await UntilOpenAsync(target.Settings.Timeout, stop).ConfigureAwait(false);
        _link?.Dispose();
        _link = opened;
        var (code, error) = await ExchangeAsync("exit 0", default, stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{target.Settings.Username} on instance {target.InstanceId} of {target.Group} cannot become root: {error.Trim()}",
                "Name in ssh_username root, or a user who may use sudo without a password.");
        }
    }

    public Task SendAsync(byte[] payload, CancellationToken stop) => WriteAsync(SshScripts.Receive(target.Folder), payload, stop);

    public Task SendSecretAsync(ReadOnlyMemory<byte> secret, CancellationToken stop) =>
        WriteAsync(SshScripts.ReceiveSecret, secret, stop);

    public async Task<ProvisionEnd> RunAsync(Action<string> output, CancellationToken stop)
    {
        var decoder = new UTF8Encoding(false).GetDecoder();
        long offset = 0;
        for (var losses = 0; ;)
        {
            var (began, before) = (time.GetTimestamp(), offset);
            try
            {
                var (code, error) = await Link.RunAsync(SshScripts.Run(target.Folder, offset), default, Show, stop).ConfigureAwait(false);
                if (code == 0 || !target.IsOfBake)
                {
                    await ExchangeAsync(SshScripts.Finish(target.Folder, target.IsOfBake), default, stop).ConfigureAwait(false);
                }

                if (error.Length > 0)
                {
                    output(error);
                }

                return ProvisionEnd.Of(code, "");
            }
            catch (OperationCanceledException)
            {
                await EndAsync().ConfigureAwait(false);
                throw;
            }
            catch (LinkException lost)
            {
                losses = offset > before || time.GetElapsedTime(began) > s_longLife ? 1 : losses + 1;
                if (losses == MostLosses)
                {
                    throw TooMany(lost);
                }

                await ReconnectAsync(lost, stop).ConfigureAwait(false);
            }
        }

        void Show(ReadOnlySpan<byte> piece)
        {
            offset += piece.Length;
            var characters = new char[decoder.GetCharCount(piece, flush: false)];
            output(new string(characters, 0, decoder.GetChars(piece, characters, flush: false)));
        }
    }

    public async Task LeaveAsync(CancellationToken stop)
    {
        var (code, error) = await ExchangeAsync(SshScripts.Forget(identity.PublicHalf), default, stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"the key of the bake could not be taken off instance {target.InstanceId} of {target.Group}: {error.Trim()}",
                "No image is made of it, because whoever has the key could log in to its instances.");
        }
    }

    public ValueTask DisposeAsync()
    {
        _link?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends what runs on the instance, once nobody waits for it any more.</summary>
    private async Task EndAsync()
    {
        using var bound = new CancellationTokenSource(s_farewell, time);
        try
        {
            await Link.RunAsync(SshScripts.End(target.Folder), default, static _ => { }, bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is LinkException or OperationCanceledException)
        {
            note($"what runs on {target.InstanceId} could not be ended ({error.Message})");
        }
    }

    /// <summary>Runs what may be run again, and does so where the connection is lost meanwhile.</summary>
    private async Task<(int Code, string Error)> ExchangeAsync(string script, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        for (var losses = 1; ; losses++)
        {
            try
            {
                return await Link.RunAsync(script, input, static _ => { }, stop).ConfigureAwait(false);
            }
            catch (LinkException lost) when (losses < MostLosses)
            {
                await ReconnectAsync(lost, stop).ConfigureAwait(false);
            }
            catch (LinkException lost)
            {
                throw TooMany(lost);
            }
        }
    }

    private BakerException TooMany(LinkException lost) => new(
        ExitCode.CloudFailed,
        $"the SSH connection to instance {target.InstanceId} of {target.Group} was lost {MostLosses} times ({lost.Message})",
        "Check the network on the way to the instance, then run the command again.",
        lost);

    private async Task ReconnectAsync(LinkException lost, CancellationToken stop)
    {
        note($"the SSH connection to {target.InstanceId} was lost ({lost.Message}); connecting again");
        _link!.Dispose();
        _link = await UntilOpenAsync(s_reconnectLimit, stop).ConfigureAwait(false);
    }

    private SshLink Link => _link ?? throw new InvalidOperationException("The instance was not waited for.");

    /// <summary>Tries until it is logged in. A key that is refused may only not have been written yet.</summary>
    private async Task<SshLink> UntilOpenAsync(TimeSpan limit, CancellationToken stop)
    {
        SshLink? link = null;
        SshServer? server = null;
        TimeSpan? answered = null;
        var reason = "its port does not answer";
        if (await Looking.UntilAsync(time, IsOpenAsync, limit, _ => clients.Pace.Again, stop).ConfigureAwait(false))
        {
            return link!;
        }

        var (shown, log) = (
            server is null ? "" : $" as {server}",
            await InstanceConsole.EndAsync(clients, pacer, target.InstanceId, stop).ConfigureAwait(false));
        throw new BakerException(
            ExitCode.TimedOut,
            $"instance {target.InstanceId} of {target.Group} could not be logged in to over SSH{shown} within "
                + $"{limit.TotalSeconds:0} s: {reason}.{log}",
            "Check ssh_username, ssh_interface and ssh_port, and that its subnet lets this machine in; "
                + "a slow one wants a longer ssh_timeout.");

        async Task<bool> IsOpenAsync(TimeSpan taken)
        {
            server = await SshServers.FindAsync(clients, pacer, target.InstanceId, target.Settings, stop).ConfigureAwait(false);
            if (server is null)
            {
                reason = "it has no such address, or does not run yet";
            }
            else if (await SilenceAsync(server, stop).ConfigureAwait(false) is { } silence)
            {
                reason = silence;
            }
            else if (await HostKeysAsync(taken - (answered ??= taken), stop).ConfigureAwait(false) is { } keys)
            {
                try
                {
                    link = await SshLink.OpenAsync(server, identity, keys, time, stop).ConfigureAwait(false);
                    SayWhatIsTrusted(keys);
                }
                catch (UntrustedHostException error)
                {
                    throw new BakerException(
                        ExitCode.CloudFailed,
                        $"what answers at {server} shows another {error.Key} key than instance {target.InstanceId} "
                            + "printed on its console, and is not logged in to.",
                        "Something may stand between here and the instance, or its host keys were made again after it booted.",
                        error);
                }
                catch (LinkException error)
                {
                    reason = error.Message;
                }
            }

            return link is not null;
        }
    }

    /// <summary>Null: the console may still come to name them.</summary>
    private async Task<HostKeys?> HostKeysAsync(TimeSpan answering, CancellationToken stop) =>
        _hostKeys ??= HostKeys.OfConsole(await InstanceConsole.ReadAsync(clients, pacer, target.InstanceId, stop).ConfigureAwait(false))
            ?? (!target.IsOfBake || answering > clients.Pace.ConsoleLag ? HostKeys.Unknown() : null);

    private async Task WriteAsync(string script, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        var (code, error) = await ExchangeAsync(script, input, stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"the payload of {target.Group} cannot be written to instance {target.InstanceId}: {error.Trim()}",
                "Its disk may be full or read-only.");
        }
    }

    private void SayWhatIsTrusted(HostKeys keys)
    {
        if (keys.TookTheFirst && _link is null)
        {
            note($"the console of {target.InstanceId} names no SSH host keys; the first one that it showed is trusted for this run");
        }
    }

    private async Task<string?> SilenceAsync(SshServer server, CancellationToken stop)
    {
        using var bound = new CancellationTokenSource(s_portLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, bound.Token);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(server.Host, server.Port, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return "its port does not answer";
        }
    }
}
