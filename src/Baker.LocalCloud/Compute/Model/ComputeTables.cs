using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>EC2's resources.</summary>
internal sealed class ComputeTables
{
    public ComputeTables(StateStore store)
    {
        Instances = store.Table("instances", ComputeJson.Default.InstanceRecord);
        Images = store.Table("images", ComputeJson.Default.ImageRecord);
        Snapshots = store.Table("snapshots", ComputeJson.Default.SnapshotRecord);
        Volumes = store.Table("volumes", ComputeJson.Default.VolumeRecord);
        KeyPairs = store.Table("key-pairs", ComputeJson.Default.KeyPairRecord);
        SecurityGroups = store.Table("security-groups", ComputeJson.Default.SecurityGroupRecord);
        Vpcs = store.Table("vpcs", ComputeJson.Default.VpcRecord);
        Subnets = store.Table("subnets", ComputeJson.Default.SubnetRecord);
        InternetGateways = store.Table("internet-gateways", ComputeJson.Default.InternetGatewayRecord);
        NatGateways = store.Table("nat-gateways", ComputeJson.Default.NatGatewayRecord);
        RouteTables = store.Table("route-tables", ComputeJson.Default.RouteTableRecord);
        Addresses = store.Table("addresses", ComputeJson.Default.AddressRecord);
        Interfaces = store.Table("network-interfaces", ComputeJson.Default.InterfaceRecord);
        NetworkAcls = store.Table("network-acls", ComputeJson.Default.NetworkAclRecord);
        Endpoints = store.Table("vpc-endpoints", ComputeJson.Default.EndpointRecord);
        PrefixLists = store.Table("prefix-lists", ComputeJson.Default.PrefixListRecord);
        InstancesByToken = Instances.IndexBy(i => i.ClientToken is null ? null : $"{i.Region}|{i.ClientToken}");
        InstancesByAddress = Instances.IndexBy(i => i.IsTerminated ? null : i.Address);
        InstancesBySubnet = Instances.IndexBy(i => i.IsTerminated || i.PrimaryInterfaceId is not null ? null : i.SubnetId);
        InterfacesByAddress = Interfaces.IndexBy(i => i.Address);
        InterfacesBySubnet = Interfaces.IndexBy(i => i.SubnetId);
        InterfacesByInstance = Interfaces.IndexBy(i => i.InstanceId);
        AddressesByInterface = Addresses.IndexBy(a => a.InterfaceId);
        ImagesByName = Images.IndexBy(i => $"{i.Region}|{i.OwnerId}|{i.Name}");
    }

    public Table<InstanceRecord> Instances { get; }

    public Table<ImageRecord> Images { get; }

    public Table<SnapshotRecord> Snapshots { get; }

    public Table<VolumeRecord> Volumes { get; }

    public Table<KeyPairRecord> KeyPairs { get; }

    public Table<SecurityGroupRecord> SecurityGroups { get; }

    public Table<VpcRecord> Vpcs { get; }

    public Table<SubnetRecord> Subnets { get; }

    public Table<InternetGatewayRecord> InternetGateways { get; }

    public Table<NatGatewayRecord> NatGateways { get; }

    public Table<RouteTableRecord> RouteTables { get; }

    public Table<AddressRecord> Addresses { get; }

    public Table<InterfaceRecord> Interfaces { get; }

    public Table<NetworkAclRecord> NetworkAcls { get; }

    public Table<EndpointRecord> Endpoints { get; }

    public Table<PrefixListRecord> PrefixLists { get; }

    public TableIndex<InstanceRecord> InstancesByToken { get; }

    public TableIndex<InstanceRecord> InstancesByAddress { get; }

    /// <summary>Those that live, by the subnet that their first interface is in, where that has no record of its own.</summary>
    public TableIndex<InstanceRecord> InstancesBySubnet { get; }

    public TableIndex<InterfaceRecord> InterfacesByAddress { get; }

    public TableIndex<InterfaceRecord> InterfacesBySubnet { get; }

    public TableIndex<InterfaceRecord> InterfacesByInstance { get; }

    public TableIndex<AddressRecord> AddressesByInterface { get; }

    public TableIndex<ImageRecord> ImagesByName { get; }
}
