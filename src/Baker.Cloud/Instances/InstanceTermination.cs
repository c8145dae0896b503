using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>Ends instances outside any fleet, and those that failed bakes kept.</summary>
public sealed class InstanceTermination(IReadOnlyList<(NodeInstance Node, FleetContext Context)> nodes) : Operation<InstanceStep>
{
    public override string Subject => "";

    public override Task<IReadOnlyList<InstanceStep>> PlanAsync(CancellationToken stop) => Task.FromResult<IReadOnlyList<InstanceStep>>(
        [.. nodes.Select(each => new InstanceStep.Terminate(
            each.Node.Id,
            each.Node.IsKeptBake ? $"kept bake of {each.Node.Group}" : $"{each.Node.Name} of {each.Node.Group}"))]);

    public override Task DoAsync(InstanceStep step, CancellationToken stop)
    {
        var id = ((InstanceStep.Terminate)step).Id;
        return new InstanceFactory(nodes.First(each => each.Node.Id == id).Context).TerminateAsync([id], stop);
    }
}
