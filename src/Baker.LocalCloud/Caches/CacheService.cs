using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>ElastiCache: clusters and replication groups, behind whose endpoints the engines of this host run.</summary>
internal sealed class CacheService : ICloudService, ICountedService
{
    public const string Name = "elasticache";

    private readonly CloudContext _cloud;
    private readonly CacheTables _tables;
    private readonly StorePlaces _places;
    private readonly EngineRuns _engines;

    public CacheService(CloudContext cloud, StorePlaces places, StoreTags tags, EngineRuns engines)
    {
        (_cloud, _places, _engines) = (cloud, places, engines);
        _tables = new CacheTables(cloud.Store, places, tags);
        places.Taken.Add(() => _tables.Clusters.All.SelectMany(each => each.Nodes).Select(each => each.Address));
        foreach (var each in _tables.Groups.All.Where(each => each.Shown.ClusterEnabled == true))
        {
            engines.Say(each.Arn, ReplicationActions.Sharded);
        }

        foreach (var each in _tables.Clusters.All.Where(each => each.State != StoreState.Deleting && each.Shard == 1))
        {
            var arn = each.Group is { } group ? StoreNames.ArnOf(each.Arn, "replicationgroup", group) : each.Arn;
            var kind = CacheEngine.Of(each.Shown.Engine).Kind;
            engines.Check(arn, kind, each.Shown.Engine, each.Nodes.All(node => node.EngineId is not null));
        }
    }

    public void Register(Router router)
    {
        var view = new CacheView(_tables);
        var replication = new ReplicationActions(_cloud, _tables, view, _places, _engines);
        replication.Register(router);
        new CacheClusterActions(_cloud, _tables, _places, _engines, replication).Register(router);
        new CacheGroupActions(_tables).Register(router);
        router.Handle<ListTagsForResourceRequest, ListTagsForResourceResponse>(Name, (call, request) =>
            new() { TagList = view.Tags(_tables.Known(call, request.ResourceName)) });
        router.Handle<AddTagsToResourceRequest, AddTagsToResourceResponse>(Name, (call, request) =>
        {
            var arn = _tables.Known(call, request.ResourceName);
            _tables.Tags.Add(arn, CacheView.Read(request.Tags));
            return new AddTagsToResourceResponse { TagList = view.Tags(arn) };
        });
        router.Handle<RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse>(Name, (call, request) =>
        {
            var arn = _tables.Known(call, request.ResourceName);
            _tables.Tags.Take(arn, request.TagKeys ?? []);
            return new RemoveTagsFromResourceResponse { TagList = view.Tags(arn) };
        });
    }

    public void Reconcile(DateTimeOffset now)
    {
        foreach (var each in _tables.Clusters.All.Where(each => each.State != StoreState.Available).ToList())
        {
            var state = StoreState.Next(each.State, each.Due, now, each.Nodes.Select(node => _engines.Find(node.EngineId)));
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

        foreach (var each in _tables.Groups.All.Where(each => each.State != StoreState.Available).ToList())
        {
            var members = _tables.Members(each);
            var state = StoreState.Next(
                each.State,
                each.Due,
                now,
                members.SelectMany(member => member.Nodes).Select(node => _engines.Find(node.EngineId)));
            if (state == StoreState.Gone && members.Count == 0)
            {
                _tables.Groups.Remove(each.Id);
                _tables.Tags.Forget(each.Arn);
            }
            else if (state != StoreState.Gone
                && state != each.State
                && members.TrueForAll(member => member.State is StoreState.Available or StoreState.Failed or StoreState.Deleting))
            {
                _tables.Groups.Put(each with { State = state });
            }
        }
    }

    /// <summary>The network interfaces of the nodes: while they are there, neither subnet nor group goes.</summary>
    public IEnumerable<InterfaceRecord> Interfaces(string region) =>
        from each in _tables.Clusters.All
        where each.Region == region
        let groups = _tables.SubnetGroups.FindOf(region, each.SubnetGroup)
        where groups is not null
        from node in each.Nodes
        select StorePlaces.Interface(
            $"{each.Arn} {node.Id}",
            region,
            groups,
            node.Zone,
            node.Address,
            each.Shown.SecurityGroups.Select(member => member.SecurityGroupId),
            $"ElastiCache {each.Name}",
            each.Shown.CacheClusterCreateTime);

    public IEnumerable<(string Name, int Count)> Count() =>
    [
        ("caches", _tables.Clusters.Count), ("cache_replication_groups", _tables.Groups.Count),
        ("cache_subnet_groups", _tables.SubnetGroups.Count), ("cache_parameter_groups", _tables.Parameters.Count),
    ];
}
