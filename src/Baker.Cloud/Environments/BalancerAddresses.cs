using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;

namespace Baker.Cloud.Environments;

/// <summary>Where the balancers of an environment are reached.</summary>
public sealed class BalancerAddresses(FleetContext context)
{
    /// <summary>The addresses of those balancers that are there, by their names on the cloud, one for each listener.</summary>
    public async Task<ILookup<string, string>> ReadAsync(IReadOnlyCollection<string> names, CancellationToken stop)
    {
        var found = new List<(string Name, string Address)>();
        var all = await BalancerWork.AllAsync(context, stop).ConfigureAwait(false);
        foreach (var balancer in all.Where(each => names.Contains(each.LoadBalancerName)))
        {
            var listeners = await context.Pacer.SendAsync(
                context.Clients.ELBv2.DescribeListenersAsync,
                new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn },
                stop).ConfigureAwait(false);
            found.AddRange((listeners.Listeners ?? [])
                .OrderBy(listener => listener.Port)
                .Select(listener => (balancer.LoadBalancerName, Text(balancer.DNSName, listener))));
        }

        return found.ToLookup(each => each.Name, each => each.Address, StringComparer.Ordinal);
    }

    private static string Text(string host, Listener listener)
    {
        var protocol = listener.Protocol?.Value.ToLowerInvariant() ?? "";
        var port = (protocol, listener.Port) is ("http", 80) or ("https", 443) ? "" : $":{listener.Port}";
        return $"{protocol}://{host}{port}/";
    }
}
