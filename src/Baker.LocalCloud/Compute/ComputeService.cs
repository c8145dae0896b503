using Baker.LocalCloud.Compute.Images;
using Baker.LocalCloud.Compute.Instances;
using Baker.LocalCloud.Compute.Keys;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Network;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Compute.Tagging;
using Baker.LocalCloud.Compute.Volumes;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute;

/// <summary>EC2.</summary>
internal sealed class ComputeService : ICloudService
{
    private readonly CloudContext _cloud;

    public ComputeService(CloudContext cloud)
    {
        _cloud = cloud;
        Model = new ComputeModel(cloud);
    }

    public ComputeModel Model { get; }

    public void Register(Router router)
    {
        new InstanceActions(_cloud, Model).Register(router);
        new InstanceAttributeActions(_cloud, Model).Register(router);
        InstanceTypeActions.Register(router);
        new ImageActions(_cloud, Model, Model.ImageStates).Register(router);
        new ImageAttributeActions(_cloud, Model).Register(router);
        new SnapshotActions(_cloud, Model, Model.ImageStates).Register(router);
        new VolumeActions(Model).Register(router);
        new KeyPairActions(Model).Register(router);
        new SecurityGroupActions(Model).Register(router);
        new SecurityGroupRuleActions(Model).Register(router);
        new VpcActions(Model).Register(router);
        new SubnetActions(Model).Register(router);
        new InternetGatewayActions(Model).Register(router);
        new NatGatewayActions(Model).Register(router);
        new AddressActions(Model).Register(router);
        new RouteTableActions(Model).Register(router);
        new RouteActions(Model).Register(router);
        new InterfaceActions(Model).Register(router);
        new NetworkAclActions(Model).Register(router);
        new EndpointActions(Model).Register(router);
        new PrefixListActions(Model).Register(router);
        PlaceActions.Register(router);
        new TagActions(_cloud, Model.Tags).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => Model.States.Look(now);

    public IReadOnlyDictionary<string, int> CountResources()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal)
        {
            ["images"] = Model.Tables.Images.All.Count(i => i.OwnerAlias is null),
            ["snapshots"] = Model.Tables.Snapshots.All.Count(s => s.OwnerId == Identifiers.AccountId),
            ["volumes"] = Model.Tables.Volumes.Count,
            ["key_pairs"] = Model.Tables.KeyPairs.Count,
            ["security_groups"] = Model.Tables.SecurityGroups.All.Count(g => g.Name != "default" && IsMade(g)),
        };
        foreach (var (name, count) in new[]
        {
            ("vpcs", Model.Tables.Vpcs.All.Count(IsMade)),
            ("subnets", Model.Tables.Subnets.All.Count(IsMade)),
            ("internet_gateways", Model.Tables.InternetGateways.All.Count(IsMade)),
            ("nat_gateways", Model.Tables.NatGateways.All.Count(g => g.IsLive)),
            ("elastic_addresses", Model.Tables.Addresses.Count),
            ("route_tables", Model.Tables.RouteTables.All.Count(t => !t.IsMain)),
            ("network_interfaces", Model.Tables.Interfaces.All.Count(i => i.Kind == "interface")),
            ("network_acls", Model.Tables.NetworkAcls.All.Count(a => !a.IsDefault)),
            ("vpc_endpoints", Model.Tables.Endpoints.Count),
            ("prefix_lists", Model.Tables.PrefixLists.Count),
        }.Where(each => each.Item2 > 0))
        {
            counts[name] = count;
        }

        foreach (var state in Model.Tables.Instances.All.GroupBy(i => i.State))
        {
            counts[$"instances_{state.Key.Replace('-', '_')}"] = state.Count();
        }

        return counts;
    }

    // Neither there from the beginning nor named by a manifest.
    private static bool IsMade(ITagged resource) => resource.CreatedAt != DateTimeOffset.UnixEpoch;

    /// <summary>Where an instance's sshd listens, or in words why none does; null while it is not known.</summary>
    public (string Server, string? Reason)? Ssh(string instanceId) => Model.Tables.Instances.Find(instanceId) switch
    {
        null => ("", "there is no such instance"),
        { Executes: false } => ("", $"nothing runs in it: {_cloud.Support.Reason ?? "it was launched so"}"),
        { Sandbox: { IsAlive: true } } => _cloud.Sandboxes?.SshOf(instanceId),
        { State: "pending" or "running" } => null,
        var instance => ("", $"it is {instance.State}"),
    };
}
