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
        UsageReports = store.Table("image-usage-reports", ComputeJson.Default.ImageUsageReportRecord);
        FastRestores = store.Table("fast-restores", ComputeJson.Default.FastRestoreRecord);
        InstancesByToken = Instances.IndexBy(i => i.ClientToken is null ? null : $"{i.Region}|{i.ClientToken}");
        InstancesByAddress = Instances.IndexBy(i => i.IsTerminated ? null : i.Address);
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

    public Table<ImageUsageReportRecord> UsageReports { get; }

    public Table<FastRestoreRecord> FastRestores { get; }

    public TableIndex<InstanceRecord> InstancesByToken { get; }

    public TableIndex<InstanceRecord> InstancesByAddress { get; }

    public TableIndex<ImageRecord> ImagesByName { get; }
}
