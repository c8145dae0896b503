using Amazon.CloudWatch.Model;

namespace Baker.Cloud.Fleets;

/// <summary>Where a load balancer sends requests, as its metrics name it.</summary>
internal sealed record BalancedPlace(string Balancer, string TargetGroup)
{
    public Dimension OfBalancer => new() { Name = "LoadBalancer", Value = Balancer };

    public List<Dimension> Dimensions => [OfBalancer, new Dimension { Name = "TargetGroup", Value = TargetGroup }];

    public static BalancedPlace Of(string balancerArn, string targetGroupArn) =>
        new(balancerArn.Split(":loadbalancer/")[^1], targetGroupArn[(targetGroupArn.LastIndexOf(':') + 1)..]);
}
