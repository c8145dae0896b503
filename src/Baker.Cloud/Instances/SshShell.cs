using System.Collections.Immutable;
using System.Globalization;
using Baker.Cloud.Communicators;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>The command by which the operator's own <c>ssh</c> opens a shell on a node.</summary>
public static class SshShell
{
    /// <param name="knownHosts">A file for this node alone: it is written with the host keys that the node printed on its console.</param>
    /// <exception cref="BakerException">Nothing says which key to log in with, or the node has no address.</exception>
    public static async Task<ImmutableArray<string>> CommandAsync(
        FleetContext context,
        NodeGroup group,
        string instance,
        string knownHosts,
        CancellationToken stop)
    {
        var settings = OperatorsKey.Of(group, "instance:shell");
        var server = await SshServers.FindAsync(context.Clients, context.Pacer, instance, settings, stop).ConfigureAwait(false)
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

        return
        [
            "ssh",
            "-p", server.Port.ToString(CultureInfo.InvariantCulture),
            "-o", $"UserKnownHostsFile={knownHosts}",
            "-o", $"HostKeyAlias={instance}",
            "-o", $"StrictHostKeyChecking={(keys is null ? "accept-new" : "yes")}",
            .. settings.PrivateKeyFile is { } file ? new[] { "-i", file, "-o", "IdentitiesOnly=yes" } : [],
            $"{server.User}@{server.Host}",
        ];
    }
}
