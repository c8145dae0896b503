using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud.Metering;

/// <summary>What has come through load balancers, and how many of their targets are healthy.</summary>
internal sealed class BalancerMeter(LoadBalancingService balancing, Metrics metrics)
{
    private readonly Dictionary<string, long> _accepted = new(StringComparer.Ordinal);

    public void Measure(DateTimeOffset now)
    {
        var groupsOf = balancing.Tables.TargetGroups.All
            .SelectMany(group => balancing.Tables.BalancersOf(group.Id).Select(balancer => (Balancer: balancer, Group: group)))
            .ToLookup(each => each.Balancer, each => each.Group);
        foreach (var balancer in balancing.Tables.LoadBalancers.All)
        {
            Measure(balancer, [.. groupsOf[balancer.Id]], now);
        }
    }

    private void Measure(LoadBalancerRecord balancer, List<TargetGroupRecord> groups, DateTimeOffset now)
    {
        var isNetwork = balancer.Type == "network";
        var space = isNetwork ? "AWS/NetworkELB" : "AWS/ApplicationELB";
        (string, string) own = ("LoadBalancer", balancer.Id.Split(":loadbalancer/")[1]);
        void Put(string name, IReadOnlyList<(string, string)> dimensions, string unit, double value, double count = 1) =>
            metrics.Put(balancer.Region, space, name, dimensions, unit, now, value, count);

        var traffic = balancing.Balancer.MeterOf(balancer.Id).Take();
        foreach (var ((group, metric), times) in traffic.Counts)
        {
            var unit = metric.EndsWith("Bytes", StringComparison.Ordinal) ? "Bytes" : "Count";
            Put(metric, group is null ? [own] : [own, Dimension(group)], unit, times);
        }

        foreach (var ((group, seconds), times) in traffic.Times)
        {
            Put("TargetResponseTime", group is null ? [own] : [own, Dimension(group)], "Seconds", seconds, times);
        }

        var (connections, accepted) = balancing.Balancer.ConnectionsOf(balancer.Id);
        var before = _accepted.GetValueOrDefault(balancer.Id);
        _accepted[balancer.Id] = accepted;
        Put(isNetwork ? "ActiveFlowCount" : "ActiveConnectionCount", [own], "Count", connections);
        if (accepted > before)
        {
            Put(isNetwork ? "NewFlowCount" : "NewConnectionCount", [own], "Count", accepted - before);
        }

        foreach (var group in groups)
        {
            var targets = balancing.Tables.TargetsByGroup[group.Id];
            var healthy = targets.Count(each => each is { IsDraining: false, State: "healthy" });
            Put("HealthyHostCount", [own, Dimension(group.Id)], "Count", healthy);
            var unhealthy = targets.Count(each => each is { IsDraining: false, State: "unhealthy" });
            Put("UnHealthyHostCount", [own, Dimension(group.Id)], "Count", unhealthy);
            if (!isNetwork && healthy > 0)
            {
                // Without a request it is none: a group that nobody asks can shrink.
                var each = traffic.Counts.GetValueOrDefault((group.Id, "RequestCount")) / healthy;
                Put("RequestCountPerTarget", [Dimension(group.Id)], "Count", each);
                Put("RequestCountPerTarget", [own, Dimension(group.Id)], "Count", each);
            }
        }
    }

    private static (string, string) Dimension(string groupArn) => ("TargetGroup", groupArn[(groupArn.LastIndexOf(':') + 1)..]);
}
