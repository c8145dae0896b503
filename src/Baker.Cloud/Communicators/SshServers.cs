using Amazon.EC2.Model;
using Baker.Cloud.Pacing;
using Baker.Core.Merging;

namespace Baker.Cloud.Communicators;

/// <summary>Finds where an instance is logged in to.</summary>
internal static class SshServers
{
    /// <summary>Null while it has no such address.</summary>
    public static async Task<SshServer?> FindAsync(
        CloudClients clients,
        Pacer pacer,
        string instanceId,
        SshSettings settings,
        CancellationToken stop)
    {
        if (clients.Ssh.ServerOf is { } find)
        {
            return await find(instanceId, stop).ConfigureAwait(false) is { } found
                ? new SshServer(found.Host, found.Port, settings.Username)
                : null;
        }

        var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = [instanceId] }] };
        var described = await pacer.SendAsync(clients.EC2.DescribeInstancesAsync, request, stop).ConfigureAwait(false);
        var address = described.Reservations?.FirstOrDefault()?.Instances?.FirstOrDefault() is { } instance
            ? AddressOf(instance, settings.Interface)
            : null;
        return string.IsNullOrEmpty(address) ? null : new SshServer(address, settings.Port, settings.Username);
    }

    internal static string? AddressOf(Instance instance, string? kind) => kind switch
    {
        "public_ip" => instance.PublicIpAddress,
        "private_ip" => instance.PrivateIpAddress,
        "public_dns" => instance.PublicDnsName,
        "private_dns" => instance.PrivateDnsName,
        _ => string.IsNullOrEmpty(instance.PublicIpAddress) ? instance.PrivateIpAddress : instance.PublicIpAddress,
    };
}
