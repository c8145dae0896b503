using Amazon.ElasticLoadBalancingV2.Model;

namespace Baker.Cloud.Fleets;

/// <summary>A listener with its balancer and all of its rules, as they are now.</summary>
internal sealed record ListenerView(LoadBalancer Balancer, Listener Listener, List<Rule> Rules);
