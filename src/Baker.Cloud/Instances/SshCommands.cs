using System.Collections.Immutable;
using System.Globalization;
using Baker.Cloud.Communicators;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>The commands by which the operator's own OpenSSH reaches a node.</summary>
/// <param name="Options">What <c>ssh</c> and <c>scp</c> are both given.</param>
/// <param name="Destination">The user and the host.</param>
public sealed record SshCommands(ImmutableArray<string> Options, int Port, string Destination)
{
    /// <summary>Opens a shell.</summary>
    public IReadOnlyList<string> Shell => ["ssh", "-p", Text(Port), .. Options, Destination];

    /// <summary>Has a port of this machine's loopback lead to one of the node's, and does nothing else.</summary>
    public IReadOnlyList<string> Forward(int port, int local) =>
    [
        "ssh", "-N", "-L", $"127.0.0.1:{Text(local)}:127.0.0.1:{Text(port)}", "-o", "ExitOnForwardFailure=yes",
        "-p", Text(Port), .. Options, Destination,
    ];

    /// <summary>Copies a file, or a folder with all that is in it, to the node.</summary>
    public IReadOnlyList<string> CopyTo(string from, string path) => ["scp", "-r", "-P", Text(Port), .. Options, "--", from, There(path)];

    /// <summary>The same from the node.</summary>
    public IReadOnlyList<string> CopyFrom(string path, string to) => ["scp", "-r", "-P", Text(Port), .. Options, "--", There(path), to];

    /// <param name="command">The command of Baker's that they are for.</param>
    /// <param name="knownHosts">A file for this node alone: it is written with the host keys that the node printed on its console.</param>
    /// <param name="proxy">The command that connects to the node's SSH server; null: the network does.</param>
    /// <exception cref="BakerException">Nothing says which key to log in with, or the node has no address.</exception>
    public static async Task<SshCommands> FindAsync(
        FleetContext context,
        NodeGroup group,
        string instance,
        string command,
        string knownHosts,
        string? proxy,
        CancellationToken stop)
    {
        var settings = OperatorsKey.Of(group, command);
        var server = proxy is not null ? new SshServer(instance, settings.Port, settings.Username)
            : await SshServers.FindAsync(context.Clients, context.Pacer, instance, settings, stop).ConfigureAwait(false)
                ?? throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{instance} has no {settings.Interface ?? "address"} to log in at.",
                    "Correct ssh_interface.");
        var keys = HostKeys.OfConsole(
            await InstanceConsole.ReadAsync(context.Clients, context.Pacer, instance, stop).ConfigureAwait(false));
        if (keys is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(knownHosts)!);
            await File.WriteAllLinesAsync(knownHosts, keys.Lines(instance), stop).ConfigureAwait(false);
        }

        return new SshCommands(
            [
                "-o", $"UserKnownHostsFile={knownHosts}",
                "-o", $"HostKeyAlias={instance}",
                "-o", $"StrictHostKeyChecking={(keys is null ? "accept-new" : "yes")}",
                .. proxy is null ? [] : new[] { "-o", $"ProxyCommand={proxy}" },
                .. settings.PrivateKeyFile is { } file ? new[] { "-i", file, "-o", "IdentitiesOnly=yes" } : [],
            ],
            server.Port,
            $"{server.User}@{server.Host}");
    }

    // An IPv6 address has colons, of which scp takes the first for the end of the host.
    private string There(string path)
    {
        var at = Destination.IndexOf('@', StringComparison.Ordinal) + 1;
        var host = Destination[at..];
        return $"{Destination[..at]}{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{path}";
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
