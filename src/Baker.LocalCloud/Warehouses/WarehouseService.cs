using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>Redshift: clusters, behind whose endpoints this host's PostgreSQL runs.</summary>
internal sealed class WarehouseService : ICloudService, ICountedService
{
    public const string Name = "redshift";

    private readonly CloudContext _cloud;
    private readonly WarehouseTables _tables;
    private readonly StorePlaces _places;
    private readonly EngineRuns _engines;

    public WarehouseService(CloudContext cloud, StorePlaces places, StoreTags tags, EngineRuns engines)
    {
        (_cloud, _places, _engines) = (cloud, places, engines);
        _tables = new WarehouseTables(cloud.Store, places, tags);
        places.Taken.Add(() => _tables.Clusters.All.Select(each => each.Address));
        foreach (var each in _tables.Clusters.All.Where(each => each.State != StoreState.Deleting))
        {
            engines.Check(each.Arn, EngineKind.Postgres, Name, each.EngineId is not null);
        }
    }

    public void Register(Router router)
    {
        var view = new WarehouseView(_tables);
        new WarehouseActions(_cloud, _tables, view, _places, _engines).Register(router);
        new WarehouseGroupActions(_tables, view).Register(router);
        new WarehouseTagActions(_tables).Register(router);
    }

    public void Reconcile(DateTimeOffset now)
    {
        foreach (var each in _tables.Clusters.All.Where(each => each.State is not (StoreState.Available or "paused")).ToList())
        {
            var state = StoreState.Next(each.State, each.Due, now, _engines.Find(each.EngineId));
            if (state == StoreState.Gone)
            {
                _tables.Clusters.Remove(each.Id);
                _tables.Tags.Forget(each.Arn);
            }
            else if (state != each.State)
            {
                _tables.Clusters.Put(each with { State = state });
            }
        }
    }

    /// <summary>The network interfaces of the clusters: while they are there, neither subnet nor group goes.</summary>
    public IEnumerable<InterfaceRecord> Interfaces(string region) =>
        from each in _tables.Clusters.All
        where each.Region == region
        let groups = _tables.SubnetGroups.FindOf(region, each.SubnetGroup)
        where groups is not null
        select StorePlaces.Interface(
            each.Arn,
            region,
            groups,
            each.Shown.AvailabilityZone,
            each.Address,
            each.Shown.VpcSecurityGroups.Select(member => member.VpcSecurityGroupId),
            "RedshiftNetworkInterface",
            each.Shown.ClusterCreateTime);

    public IEnumerable<(string Name, int Count)> Count() =>
    [
        ("warehouses", _tables.Clusters.Count), ("warehouse_subnet_groups", _tables.SubnetGroups.Count),
        ("warehouse_parameter_groups", _tables.Parameters.Count),
    ];
}
