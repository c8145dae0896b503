using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Elastic Load Balancing's resources.</summary>
internal sealed class BalancingTables
{
    public BalancingTables(StateStore store)
    {
        LoadBalancers = store.Table("load-balancers", BalancingJson.Default.LoadBalancerRecord);
        TargetGroups = store.Table("target-groups", BalancingJson.Default.TargetGroupRecord);
        Targets = store.Table("targets", BalancingJson.Default.TargetRecord);
        Listeners = store.Table("listeners", BalancingJson.Default.ListenerRecord);
        Rules = store.Table("listener-rules", BalancingJson.Default.ListenerRuleRecord);
        TargetsByGroup = Targets.IndexBy(each => each.GroupArn);
        ListenersByBalancer = Listeners.IndexBy(each => each.LoadBalancerArn);
        RulesByListener = Rules.IndexBy(each => each.ListenerArn);
    }

    public Table<LoadBalancerRecord> LoadBalancers { get; }

    public Table<TargetGroupRecord> TargetGroups { get; }

    public Table<TargetRecord> Targets { get; }

    public Table<ListenerRecord> Listeners { get; }

    public Table<ListenerRuleRecord> Rules { get; }

    public TableIndex<TargetRecord> TargetsByGroup { get; }

    public TableIndex<ListenerRecord> ListenersByBalancer { get; }

    public TableIndex<ListenerRuleRecord> RulesByListener { get; }

    public LoadBalancerRecord LoadBalancer(string? arn) =>
        LoadBalancers.Find(arn) ?? throw new CloudException("LoadBalancerNotFound", $"Load balancer '{arn}' not found");

    public TargetGroupRecord TargetGroup(string? arn) =>
        TargetGroups.Find(arn) ?? throw new CloudException("TargetGroupNotFound", $"Target group '{arn}' not found");

    public ListenerRecord Listener(string? arn) =>
        Listeners.Find(arn) ?? throw new CloudException("ListenerNotFound", $"Listener '{arn}' not found");

    public ListenerRuleRecord Rule(string? arn) => Rules.Find(arn) ?? throw new CloudException("RuleNotFound", $"Rule '{arn}' not found");

    /// <summary>The load balancers whose listeners or rules send to a target group.</summary>
    public List<string> BalancersOf(string targetGroupArn) => [.. Listeners.All
        .Where(listener => SendsTo(listener.DefaultActions, targetGroupArn)
            || RulesByListener[listener.Id].Any(rule => SendsTo(rule.Actions, targetGroupArn)))
        .Select(listener => listener.LoadBalancerArn)
        .Distinct()];

    /// <summary>The target groups that actions send to.</summary>
    public static IEnumerable<string> GroupsOf(IEnumerable<Action> actions) => actions
        .SelectMany(action => (action.ForwardConfig?.TargetGroups ?? []).Select(each => each.TargetGroupArn).Append(action.TargetGroupArn))
        .OfType<string>()
        .Distinct();

    private static bool SendsTo(IEnumerable<Action> actions, string targetGroupArn) => GroupsOf(actions).Contains(targetGroupArn);
}
