using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>
/// Ends instances outside any fleet, and those that failed bakes kept. Those whose group provides services leave the catalogue first,
/// those behind a balancer leave that.
/// </summary>
/// <param name="servicesOf">What has the services of a group's nodes.</param>
public sealed class InstanceTermination(
    IReadOnlyList<(NodeInstance Node, NodeGroup Group, FleetContext Context)> nodes,
    string run,
    Func<NodeGroup, INodeServices>? servicesOf = null) : Operation<InstanceStep>
{
    private const int LeavingAtOnce = 20;

    private readonly Dictionary<string, DeployNode> _registered = new(StringComparer.Ordinal);

    public override string Subject => "";

    public override async Task<IReadOnlyList<InstanceStep>> PlanAsync(CancellationToken stop)
    {
        var leaves = new List<InstanceStep>();
        foreach (var (node, group, context) in nodes.Where(each => !each.Node.IsKeptBake))
        {
            var found = await new InstanceTraffic(context, run).FindAsync(
                node.Id,
                node.Joined.Union(InstanceTraffic.NamesOf(group)),
                stop).ConfigureAwait(false);
            if (!found.Targets.IsEmpty)
            {
                _registered[node.Id] = found;
                leaves.Add(new InstanceStep.Leave(node.Id, string.Join(", ", found.TargetGroups.Select(ArnText.Name))));
            }
        }

        var providers = nodes.Where(each => servicesOf is not null && !each.Node.IsKeptBake && !each.Group.Provides.IsEmpty).ToList();
        return
        [
            .. providers.Select(each => new InstanceStep.Withdraw(each.Node.Id, string.Join(", ", each.Group.ProvidedNames))),
            .. leaves,
            .. providers.Select(each => new InstanceStep.RemoveEntries(each.Node.Id, string.Join(", ", each.Group.ProvidedNames))),
            .. nodes.Select(each => new InstanceStep.Terminate(
                each.Node.Id,
                each.Node.IsKeptBake ? $"kept bake of {each.Node.Group}" : $"{each.Node.Name} of {each.Node.Group}")),
        ];
    }

    public override int AtOnce(InstanceStep step) => step is InstanceStep.Leave or InstanceStep.Withdraw ? LeavingAtOnce : 1;

    public override Task DoAsync(InstanceStep step, CancellationToken stop) => step switch
    {
        InstanceStep.Withdraw(var id, _) => ServicesOf(id).WithdrawAsync(GroupOf(id).ProvidedNames, [id], stop),
        InstanceStep.RemoveEntries(var id, _) => ServicesOf(id).RemoveAsync(GroupOf(id).ProvidedNames, [id], stop),
        InstanceStep.Leave(var id, _) => new InstanceTraffic(ContextOf(id), run).LeaveAsync(_registered[id], stop),
        InstanceStep.Terminate(var id, _) => new InstanceFactory(ContextOf(id)).TerminateAsync([id], stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private NodeGroup GroupOf(string id) => nodes.First(each => each.Node.Id == id).Group;

    private INodeServices ServicesOf(string id) => servicesOf!(GroupOf(id));

    private FleetContext ContextOf(string id) => nodes.First(each => each.Node.Id == id).Context;
}
