using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Systems.Commands;
using Baker.LocalCloud.Systems.Nodes;
using Baker.LocalCloud.Systems.Parameters;

namespace Baker.LocalCloud.Systems;

/// <summary>Systems Manager: commands, parameters, and the instances whose agents are there.</summary>
internal sealed class SystemsService : ICloudService
{
    private readonly CloudContext _cloud;
    private readonly ComputeModel _compute;
    private readonly ParameterStore _parameters;

    public SystemsService(CloudContext cloud, ComputeModel compute)
    {
        _cloud = cloud;
        _compute = compute;
        _parameters = new ParameterStore(cloud);
        Runner = new CommandRunner(cloud, compute);
    }

    public CommandRunner Runner { get; }

    public void Register(Router router)
    {
        new CommandActions(_cloud, _compute, Runner).Register(router);
        new NodeActions(_compute).Register(router);
        new ParameterActions(_parameters).Register(router);
        new ParameterTagActions(_parameters).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => Runner.Reconcile(now);
}
