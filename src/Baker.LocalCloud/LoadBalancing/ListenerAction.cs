using Amazon.ElasticLoadBalancingV2.Model;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What a listener does with a request that one of its rules, or none, applies to.</summary>
internal abstract record ListenerAction
{
    private ListenerAction()
    {
    }

    public sealed record Forward(WeightedPools Pools) : ListenerAction;

    public sealed record Redirect(RedirectActionConfig To) : ListenerAction;

    public sealed record Answer(FixedResponseActionConfig With) : ListenerAction;
}
