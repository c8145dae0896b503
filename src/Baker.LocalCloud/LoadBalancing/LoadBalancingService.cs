using Baker.LocalCloud.Certificates;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Elastic Load Balancing (version 2): what it keeps, what it checks, and the listeners that really listen.</summary>
internal sealed class LoadBalancingService : ICloudService, IAsyncDisposable
{
    public const string Name = "elasticloadbalancing";

    private readonly CloudContext _cloud;
    private readonly ComputeModel _compute;
    private readonly HealthChecks _checks;

    public LoadBalancingService(CloudContext cloud, ComputeModel compute, CertificateStore certificates)
    {
        _cloud = cloud;
        _compute = compute;
        Certificates = certificates;
        certificates.UsersOf = UsersOf;
        Tables = new BalancingTables(cloud.Store);
        Balancer = new Balancer(cloud, Tables, certificates, target => _checks!.EndpointOf(target));
        _checks = new HealthChecks(cloud, Tables, compute.Tables.Instances, Balancer);
        Targets = new Targets(cloud, Tables, compute.Tables.Instances, Balancer);
    }

    public BalancingTables Tables { get; }

    public CertificateStore Certificates { get; }

    public Balancer Balancer { get; }

    public Targets Targets { get; }

    public void Register(Router router)
    {
        new LoadBalancerActions(_cloud, this, _compute).Register(router);
        new TargetGroupActions(this, _compute).Register(router);
        new ListenerActions(this).Register(router);
        new RuleActions(this).Register(router);
        new BalancingTagActions(Tables).Register(router);
    }

    public void Reconcile(DateTimeOffset now)
    {
        _checks.Run(now);
        Balancer.Follow();
    }

    /// <summary>Removes a listener with its rules.</summary>
    public void Remove(ListenerRecord listener)
    {
        foreach (var rule in Tables.RulesByListener[listener.Id].ToList())
        {
            Tables.Rules.Remove(rule.Id);
        }

        Tables.Listeners.Remove(listener.Id);
        Balancer.ListenersChanged();
    }

    // ACM names the load balancers, not their listeners.
    private IEnumerable<string> UsersOf(string certificate) => Tables.Listeners.All
        .Where(each => each.Certificates.Contains(certificate))
        .Select(each => each.LoadBalancerArn)
        .Distinct();

    public async ValueTask DisposeAsync()
    {
        await _checks.DisposeAsync().ConfigureAwait(false);
        await Balancer.DisposeAsync().ConfigureAwait(false);
    }
}
