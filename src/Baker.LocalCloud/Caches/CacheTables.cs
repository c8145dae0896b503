using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>What ElastiCache has.</summary>
internal sealed class CacheTables
{
    public CacheTables(StateStore store, StorePlaces places, StoreTags tags)
    {
        Tags = tags;
        Clusters = store.Table("caches", CacheJson.Default.CacheRecord);
        Groups = store.Table("cache-replication-groups", CacheJson.Default.ReplicationRecord);
        SubnetGroups = new SubnetGroups(
            store,
            places,
            tags,
            new(
                "elasticache",
                "subnetgroup",
                "CacheSubnetGroupAlreadyExists",
                "CacheSubnetGroupNotFoundFault",
                400,
                "CacheSubnetGroupInUse"),
            leastZones: 1);
        Parameters = new ParameterGroups(store, tags, new(
            "elasticache",
            "parametergroup",
            "CacheParameterGroupAlreadyExists",
            "CacheParameterGroupNotFound",
            404,
            "InvalidCacheParameterGroupState"));
    }

    public StoreTags Tags { get; }

    public Table<CacheRecord> Clusters { get; }

    public Table<ReplicationRecord> Groups { get; }

    public SubnetGroups SubnetGroups { get; }

    public ParameterGroups Parameters { get; }

    public static string IdOf(string region, string name) => $"{region}/{StoreNames.Of(name)}";

    public CacheRecord Cluster(Call call, string name) => Clusters.Find(IdOf(call.Region, name))
        ?? throw new CloudException("CacheClusterNotFound", $"CacheCluster not found: {name}", 404);

    public ReplicationRecord Group(Call call, string name) => Groups.Find(IdOf(call.Region, name))
        ?? throw new CloudException("ReplicationGroupNotFoundFault", $"ReplicationGroup {name} not found.", 404);

    /// <summary>The members of a replication group, by shard and name.</summary>
    public List<CacheRecord> Members(ReplicationRecord group) => [.. Clusters.All
        .Where(each => each.Region == group.Region && each.Group == group.Name)
        .OrderBy(each => each.Shard)
        .ThenBy(each => each.Name, StringComparer.Ordinal)];

    /// <summary>An ARN that names something here.</summary>
    public string Known(Call call, string arn)
    {
        if (arn.Split(':', 7) is not [_, _, "elasticache", var region, _, var kind, var name] || region != call.Region)
        {
            throw new CloudException("InvalidARN", $"ARN '{arn}' is invalid.");
        }

        return kind switch
        {
            "cluster" => Cluster(call, name).Arn,
            "replicationgroup" => Group(call, name).Arn,
            "subnetgroup" => SubnetGroups.Find(call, name).Arn,
            "parametergroup" => Parameters.Find(call, name).Arn,
            _ => throw new CloudException("InvalidARN", $"ARN '{arn}' is invalid."),
        };
    }
}
