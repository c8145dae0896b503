using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>What Redshift has.</summary>
internal sealed class WarehouseTables
{
    public WarehouseTables(StateStore store, StorePlaces places, StoreTags tags)
    {
        Tags = tags;
        Clusters = store.Table("warehouses", WarehouseJson.Default.WarehouseRecord);
        SubnetGroups = new SubnetGroups(
            store,
            places,
            tags,
            new(
                "redshift",
                "subnetgroup",
                "ClusterSubnetGroupAlreadyExists",
                "ClusterSubnetGroupNotFoundFault",
                400,
                "InvalidClusterSubnetGroupStateFault"),
            leastZones: 1);
        Parameters = new ParameterGroups(store, tags, new(
            "redshift",
            "parametergroup",
            "ClusterParameterGroupAlreadyExists",
            "ClusterParameterGroupNotFound",
            404,
            "InvalidClusterParameterGroupState"));
    }

    public StoreTags Tags { get; }

    public Table<WarehouseRecord> Clusters { get; }

    public SubnetGroups SubnetGroups { get; }

    public ParameterGroups Parameters { get; }

    public static string IdOf(string region, string name) => $"{region}/{StoreNames.Of(name)}";

    public WarehouseRecord Cluster(Call call, string name) => Clusters.Find(IdOf(call.Region, name))
        ?? throw new CloudException("ClusterNotFound", $"Cluster {name} not found.", 404);

    /// <summary>An ARN that names something here.</summary>
    public string Known(Call call, string arn) =>
        arn.Split(':', 7) is [_, _, "redshift", var region, _, var kind, var name] && region == call.Region
            ? kind switch
            {
                "cluster" => Cluster(call, name).Arn,
                "subnetgroup" => SubnetGroups.Find(call, name).Arn,
                "parametergroup" => Parameters.Find(call, name).Arn,
                _ => throw NotKnown(arn),
            }
            : throw NotKnown(arn);

    private static CloudException NotKnown(string arn) => new("ResourceNotFoundFault", $"There is no resource {arn}.", 404);
}
