using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LoadBalancing;

namespace Baker.LocalCloud;

/// <summary>
/// The network interfaces of load balancers, one a subnet, as EC2 shows them: while they are there, neither subnet nor group goes.
/// </summary>
internal static class BalancerInterfaces
{
    public static IEnumerable<InterfaceRecord> Of(BalancingTables tables, string region) =>
        tables.LoadBalancers.All.Where(each => each.Region == region).SelectMany(Of);

    private static IEnumerable<InterfaceRecord> Of(LoadBalancerRecord balancer) => balancer.Subnets.Select(place => new InterfaceRecord
    {
        Id = Identifiers.For("eni", $"{balancer.Id} {place.Value}"),
        Region = balancer.Region,
        SubnetId = place.Value,
        VpcId = balancer.VpcId,
        Zone = place.Key,
        Address = balancer.Address,
        SecurityGroupIds = balancer.SecurityGroups,
        Description = "ELB " + balancer.Id[(balancer.Id.IndexOf('/', StringComparison.Ordinal) + 1)..],
        AttachmentId = Identifiers.For("ela-attach", $"{balancer.Id} {place.Value}"),
        AttachedAt = balancer.CreatedAt,
        CreatedAt = balancer.CreatedAt,
    });
}
