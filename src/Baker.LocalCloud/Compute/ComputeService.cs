using Baker.LocalCloud.Compute.Images;
using Baker.LocalCloud.Compute.Instances;
using Baker.LocalCloud.Compute.Keys;
using Baker.LocalCloud.Compute.Network;
using Baker.LocalCloud.Compute.Tagging;
using Baker.LocalCloud.Compute.Volumes;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute;

/// <summary>EC2.</summary>
internal sealed class ComputeService : ICloudService
{
    public const string Name = "ec2";

    private readonly CloudContext _cloud;
    private readonly ImageStates _imageStates;

    public ComputeService(CloudContext cloud)
    {
        _cloud = cloud;
        Tables = new ComputeTables(cloud.Store);
        Networks = new Networks(cloud, Tables);
        States = new InstanceStates(cloud, Tables);
        Launcher = new InstanceLauncher(cloud, Tables, Networks, States);
        Lookup = new Lookup(cloud, Tables);
        Tags = new TagRegistry();
        Tags.Add("instance", "i", Tables.Instances, (r, tags) => r with { Tags = tags });
        Tags.Add("image", "ami", Tables.Images, (r, tags) => r with { Tags = tags });
        Tags.Add("snapshot", "snap", Tables.Snapshots, (r, tags) => r with { Tags = tags });
        Tags.Add("volume", "vol", Tables.Volumes, (r, tags) => r with { Tags = tags });
        Tags.Add("key-pair", "key", Tables.KeyPairs, (r, tags) => r with { Tags = tags });
        Tags.Add("security-group", "sg", Tables.SecurityGroups, (r, tags) => r with { Tags = tags });
        Tags.Add("vpc", "vpc", Tables.Vpcs, (r, tags) => r with { Tags = tags });
        Tags.Add("subnet", "subnet", Tables.Subnets, (r, tags) => r with { Tags = tags });
        _imageStates = new ImageStates(cloud, Tables);
        BaseImages.Ensure(cloud, Tables);
        _imageStates.Recover(); // a disk is copied before the instance that it was taken from is removed
        States.Recover();
        Leftovers.Sweep(cloud, Tables);
    }

    public ComputeTables Tables { get; }

    public Networks Networks { get; }

    public InstanceStates States { get; }

    public InstanceLauncher Launcher { get; }

    public Lookup Lookup { get; }

    /// <summary>Where every kind of resource that takes EC2 tags is registered.</summary>
    public TagRegistry Tags { get; }

    public void Register(Router router)
    {
        new InstanceActions(_cloud, this).Register(router);
        new InstanceAttributeActions(_cloud, this).Register(router);
        InstanceTypeActions.Register(router);
        new ImageActions(_cloud, this, _imageStates).Register(router);
        new ImageAttributeActions(_cloud, this).Register(router);
        new SnapshotActions(_cloud, this, _imageStates).Register(router);
        new VolumeActions(this).Register(router);
        new KeyPairActions(this).Register(router);
        new SecurityGroupActions(this).Register(router);
        new SecurityGroupRuleActions(this).Register(router);
        new NetworkActions(this).Register(router);
        PlaceActions.Register(router);
        new TagActions(_cloud, Tags).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => States.Look(now);

    public IReadOnlyDictionary<string, int> CountResources()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal)
        {
            ["images"] = Tables.Images.All.Count(i => i.OwnerAlias is null),
            ["snapshots"] = Tables.Snapshots.All.Count(s => s.OwnerId == LocalCloud.AccountId),
            ["volumes"] = Tables.Volumes.Count,
            ["key_pairs"] = Tables.KeyPairs.Count,
            ["security_groups"] = Tables.SecurityGroups.All.Count(g => g.CreatedAt != DateTimeOffset.UnixEpoch),
        };
        foreach (var state in Tables.Instances.All.GroupBy(i => i.State))
        {
            counts[$"instances_{state.Key.Replace('-', '_')}"] = state.Count();
        }

        return counts;
    }

    public IReadOnlyList<string>? ShellCommand(string instanceId) =>
        _cloud.Sandboxes is { } host && Tables.Instances.Find(instanceId) is { Sandbox: { IsAlive: true } sandbox } instance
            ? host.Shell(InstanceStates.SpecOf(instance), sandbox)
            : null;
}
