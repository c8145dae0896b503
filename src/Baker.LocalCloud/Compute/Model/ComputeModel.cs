using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>What EC2 knows, and how it changes: the actions stand on it, and the services that launch instances or look at them.</summary>
internal sealed class ComputeModel
{
    public ComputeModel(CloudContext cloud)
    {
        Tables = new ComputeTables(cloud.Store);
        Networks = new Networks(cloud, Tables);
        Interfaces = new Interfaces(Tables);
        NatGateways = new NatGateways(cloud, Tables, Interfaces);
        States = new InstanceStates(cloud, Tables, Interfaces);
        Lookup = new Lookup(cloud, Tables);
        Launcher = new InstanceLauncher(cloud, Tables, Networks, States, Interfaces, Lookup);
        Rules = new SecurityRules(Tables);
        Tags = new TagRegistry();
        Tags.Add("instance", "i", Tables.Instances, (r, tags) => r with { Tags = tags });
        Tags.Add("image", "ami", Tables.Images, (r, tags) => r with { Tags = tags });
        Tags.Add("snapshot", "snap", Tables.Snapshots, (r, tags) => r with { Tags = tags });
        Tags.Add("volume", "vol", Tables.Volumes, (r, tags) => r with { Tags = tags });
        Tags.Add("key-pair", "key", Tables.KeyPairs, (r, tags) => r with { Tags = tags });
        Tags.Add("security-group", "sg", Tables.SecurityGroups, (r, tags) => r with { Tags = tags });
        Tags.Add("vpc", "vpc", Tables.Vpcs, (r, tags) => r with { Tags = tags });
        Tags.Add("subnet", "subnet", Tables.Subnets, (r, tags) => r with { Tags = tags });
        Tags.Add("internet-gateway", "igw", Tables.InternetGateways, (r, tags) => r with { Tags = tags });
        Tags.Add("natgateway", "nat", Tables.NatGateways, (r, tags) => r with { Tags = tags });
        Tags.Add("route-table", "rtb", Tables.RouteTables, (r, tags) => r with { Tags = tags });
        Tags.Add("elastic-ip", "eipalloc", Tables.Addresses, (r, tags) => r with { Tags = tags });
        Tags.Add("network-acl", "acl", Tables.NetworkAcls, (r, tags) => r with { Tags = tags });
        Tags.Add("vpc-endpoint", "vpce", Tables.Endpoints, (r, tags) => r with { Tags = tags });
        Tags.Add("prefix-list", "pl", Tables.PrefixLists, (r, tags) => r with { Tags = tags });
        Tags.Add("eni", new TagRegistry.Kind(
            "network-interface",
            Interfaces.Find,
            () => Interfaces.All,
            (id, tags) => Interfaces.Put(Interfaces.Find(id)! with { Tags = tags })));
        Tags.Add("sgr", new TagRegistry.Kind("security-group-rule", Rules.Find, () => Rules.All, Rules.SetTags));
        Tags.Add("image-usage-report", "amiur", Tables.UsageReports, (r, tags) => r with { Tags = tags });
        ImageStates = new ImageStates(cloud, Tables);
        BaseImages.Ensure(cloud, Tables);
        ImageStates.Recover(); // a disk is copied before the instance that it was taken from is removed
        States.Recover();
        NatGateways.Recover();
        Leftovers.Sweep(cloud, Tables);
    }

    public ComputeTables Tables { get; }

    public ImageStates ImageStates { get; }

    /// <summary>Where an instance is in its Auto Scaling group, or on its way to; null where it is in none.</summary>
    public Func<string, string?> TargetStateOf { get; set; } = static _ => null;

    public Networks Networks { get; }

    public Interfaces Interfaces { get; }

    public NatGateways NatGateways { get; }

    public SecurityRules Rules { get; }

    public InstanceStates States { get; }

    public InstanceLauncher Launcher { get; }

    public Lookup Lookup { get; }

    /// <summary>Where every kind of resource that takes EC2 tags is registered.</summary>
    public TagRegistry Tags { get; }
}
