using Amazon.RDS.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>RDS: DB instances and clusters, behind whose endpoints the engines of this host run.</summary>
internal sealed class DatabaseService : ICloudService, ICountedService
{
    public const string Name = "rds";

    private readonly CloudContext _cloud;
    private readonly DatabaseTables _tables;
    private readonly StorePlaces _places;
    private readonly EngineRuns _engines;

    public DatabaseService(CloudContext cloud, StorePlaces places, StoreTags tags, EngineRuns engines)
    {
        (_cloud, _places, _engines) = (cloud, places, engines);
        _tables = new DatabaseTables(cloud.Store, places, tags);
        places.Taken.Add(() => _tables.Instances.All.Select(each => each.Address));
        places.Taken.Add(() => _tables.Clusters.All.Select(each => each.Address));
        foreach (var each in _tables.Instances.All.Where(each => each.State != StoreState.Deleting))
        {
            var engine = each.EngineId ?? (each.Cluster is { } cluster
                ? _tables.Clusters.Find(DatabaseTables.IdOf(each.Region, cluster))?.EngineId
                : null);
            engines.Check(each.Arn, DatabaseEngine.Of(each.Shown.Engine).Kind, each.Shown.Engine, engine is not null);
        }
    }

    public void Register(Router router)
    {
        var view = new DatabaseView(_tables, _engines);
        new InstanceActions(_cloud, _tables, view, _places, _engines).Register(router);
        new ClusterActions(_cloud, _tables, view, _places, _engines).Register(router);
        new GroupActions(_tables).Register(router);
        new SnapshotActions(_tables).Register(router);
        router.Handle<ListTagsForResourceRequest, ListTagsForResourceResponse>(Name, (call, request) =>
            new() { TagList = view.Tags(Known(call, request.ResourceName)) });
        router.Handle<AddTagsToResourceRequest, AddTagsToResourceResponse>(Name, (call, request) =>
        {
            _tables.Tags.Add(Known(call, request.ResourceName), DatabaseView.Read(request.Tags));
            return new AddTagsToResourceResponse();
        });
        router.Handle<RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse>(Name, (call, request) =>
        {
            _tables.Tags.Take(Known(call, request.ResourceName), request.TagKeys ?? []);
            return new RemoveTagsFromResourceResponse();
        });
    }

    public void Reconcile(DateTimeOffset now)
    {
        _engines.Look(now);
        foreach (var each in _tables.Instances.All.Where(each => each.State is not (StoreState.Available or "stopped")).ToList())
        {
            var engine = each.EngineId ?? (each.State == StoreState.Deleting || each.Cluster is not { } cluster ? null
                : _tables.Clusters.Find(DatabaseTables.IdOf(each.Region, cluster))?.EngineId);
            var state = StoreState.Next(each.State, each.Due, now, _engines.Find(engine));
            if (state == StoreState.Gone)
            {
                _tables.Instances.Remove(each.Id);
                _tables.Tags.Forget(each.Arn);
            }
            else if (state != each.State)
            {
                _tables.Instances.Put(each with { State = state });
            }
        }

        foreach (var each in _tables.Clusters.All.Where(each => each.State is not (StoreState.Available or "stopped")).ToList())
        {
            var engine = _engines.Find(each.EngineId);
            var state = StoreState.Next(each.State, each.Due, now, each.State == StoreState.Creating ? null : engine);
            if (state == StoreState.Gone && _tables.Members(each).Count == 0)
            {
                Remove(each);
            }
            else if (state != StoreState.Gone && state != each.State)
            {
                _tables.Clusters.Put(each with { State = state });
            }
        }
    }

    private void Remove(DatabaseClusterRecord cluster)
    {
        foreach (var endpoint in _tables.Endpoints.All
            .Where(each => each.Region == cluster.Region && each.Shown.DBClusterIdentifier == cluster.Name)
            .ToList())
        {
            _tables.Endpoints.Remove(endpoint.Id);
            _tables.Tags.Forget(endpoint.Shown.DBClusterEndpointArn);
        }

        _tables.Clusters.Remove(cluster.Id);
        _tables.Tags.Forget(cluster.Arn);
    }

    /// <summary>The network interfaces of the DB instances: while they are there, neither subnet nor group goes.</summary>
    public IEnumerable<InterfaceRecord> Interfaces(string region) =>
        from each in _tables.Instances.All
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
            "RDSNetworkInterface",
            each.Shown.InstanceCreateTime);

    public IEnumerable<(string Name, int Count)> Count() =>
    [
        ("databases", _tables.Instances.Count), ("database_clusters", _tables.Clusters.Count),
        ("database_subnet_groups", _tables.SubnetGroups.Count),
        ("database_parameter_groups", _tables.Parameters.Count + _tables.ClusterParameters.Count + _tables.Options.Count),
        ("database_snapshots", _tables.Snapshots.Count + _tables.ClusterSnapshots.Count),
    ];

    private string Known(Call call, string arn) => _tables.Has(call, arn) ? arn : throw (arn.Split(':', 7) switch
    {
        [_, _, Name, _, _, "cluster", var cluster] =>
            new CloudException("DBClusterNotFoundFault", $"DBCluster {cluster} not found.", 404),
        [_, _, Name, _, _, _, var other] => new CloudException("DBInstanceNotFound", $"{other} not found.", 404),
        _ => new CloudException(
            "InvalidParameterValue",
            $"The specified resource name does not match an RDS resource in this region: {arn}"),
    });
}
