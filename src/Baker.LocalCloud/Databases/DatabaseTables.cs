using System.Security.Cryptography;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>What RDS has.</summary>
internal sealed class DatabaseTables
{
    public DatabaseTables(StateStore store, StorePlaces places, StoreTags tags)
    {
        Tags = tags;
        Instances = store.Table("databases", DatabaseJson.Default.DatabaseRecord);
        Clusters = store.Table("database-clusters", DatabaseJson.Default.DatabaseClusterRecord);
        Endpoints = store.Table("database-endpoints", DatabaseJson.Default.CustomEndpointRecord);
        Snapshots = store.Table("database-snapshots", DatabaseJson.Default.DatabaseSnapshotRecord);
        ClusterSnapshots = store.Table("database-cluster-snapshots", DatabaseJson.Default.ClusterSnapshotRecord);
        SubnetGroups = new SubnetGroups(
            store,
            places,
            tags,
            new("rds", "subgrp", "DBSubnetGroupAlreadyExists", "DBSubnetGroupNotFoundFault", 404, "InvalidDBSubnetGroupStateFault"),
            leastZones: 2);
        Parameters = new ParameterGroups(store, tags, new(
            "rds", "pg", "DBParameterGroupAlreadyExists", "DBParameterGroupNotFound", 404, "InvalidDBParameterGroupState"));
        ClusterParameters = new ParameterGroups(store, tags, new(
            "rds", "cluster-pg", "DBParameterGroupAlreadyExists", "DBParameterGroupNotFound", 404, "InvalidDBParameterGroupState"));
        Options = new ParameterGroups(store, tags, new(
            "rds", "og", "OptionGroupAlreadyExistsFault", "OptionGroupNotFoundFault", 404, "InvalidOptionGroupStateFault"));
    }

    public StoreTags Tags { get; }

    public Table<DatabaseRecord> Instances { get; }

    public Table<DatabaseClusterRecord> Clusters { get; }

    public Table<CustomEndpointRecord> Endpoints { get; }

    public Table<DatabaseSnapshotRecord> Snapshots { get; }

    public Table<ClusterSnapshotRecord> ClusterSnapshots { get; }

    public SubnetGroups SubnetGroups { get; }

    public ParameterGroups Parameters { get; }

    public ParameterGroups ClusterParameters { get; }

    public ParameterGroups Options { get; }

    public static string IdOf(string region, string name) => $"{region}/{StoreNames.Of(name)}";

    /// <summary>What follows the prefix in a new resource id.</summary>
    public static string NewResource() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26);

    public DatabaseRecord Instance(Call call, string name) => Instances.Find(IdOf(call.Region, name))
        ?? throw new CloudException("DBInstanceNotFound", $"DBInstance {name} not found.", 404);

    public DatabaseClusterRecord Cluster(Call call, string name) => Clusters.Find(IdOf(call.Region, name))
        ?? throw new CloudException("DBClusterNotFoundFault", $"DBCluster {name} not found.", 404);

    /// <summary>The instances of a cluster, oldest first.</summary>
    public List<DatabaseRecord> Members(DatabaseClusterRecord cluster) => [.. Instances.All
        .Where(each => each.Region == cluster.Region && each.Cluster == cluster.Name)
        .OrderBy(each => each.Shown.InstanceCreateTime)];

    /// <summary>Whether there is something that an ARN names.</summary>
    public bool Has(Call call, string arn) => arn.Split(':', 7) is [_, _, "rds", var region, _, var kind, var name]
        && region == call.Region
        && (kind switch
        {
            "db" => Instances.Find(IdOf(region, name)) is not null,
            "cluster" => Clusters.Find(IdOf(region, name)) is not null,
            "cluster-endpoint" => Endpoints.Find(IdOf(region, name)) is not null,
            "snapshot" => Snapshots.Find(IdOf(region, name)) is not null,
            "cluster-snapshot" => ClusterSnapshots.Find(IdOf(region, name)) is not null,
            "subgrp" => SubnetGroups.FindArn(arn) is not null,
            "pg" => Parameters.FindArn(arn) is not null,
            "cluster-pg" => ClusterParameters.FindArn(arn) is not null,
            "og" => Options.FindArn(arn) is not null,
            _ => false,
        });
}
