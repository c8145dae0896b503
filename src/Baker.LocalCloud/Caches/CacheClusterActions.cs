using System.Collections.Immutable;
using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>Cache clusters that stand alone, and what is seen of those in replication groups.</summary>
internal sealed class CacheClusterActions(
    CloudContext cloud,
    CacheTables tables,
    StorePlaces places,
    EngineRuns engines,
    ReplicationActions replication)
{
    private const int LongestName = 50;
    private const int MostNodes = 40;

    public void Register(Router router)
    {
        router.Handle<CreateCacheClusterRequest, CreateCacheClusterResponse>(CacheService.Name, (call, request) =>
            new() { CacheCluster = CacheView.Of(Create(call, request), withNodes: false) });
        router.Handle<DescribeCacheClustersRequest, DescribeCacheClustersResponse>(CacheService.Name, Describe);
        router.Handle<ModifyCacheClusterRequest, ModifyCacheClusterResponse>(CacheService.Name, (call, request) =>
            new() { CacheCluster = CacheView.Of(Modify(call, request), withNodes: false) });
        router.Handle<RebootCacheClusterRequest, RebootCacheClusterResponse>(CacheService.Name, (call, request) =>
            new() { CacheCluster = CacheView.Of(Reboot(call, request), withNodes: false) });
        router.Handle<DeleteCacheClusterRequest, DeleteCacheClusterResponse>(CacheService.Name, (call, request) =>
            new() { CacheCluster = CacheView.Of(Delete(call, request), withNodes: false) });
        router.Handle<DescribeServerlessCachesRequest, DescribeServerlessCachesResponse>(CacheService.Name, (_, request) =>
            string.IsNullOrEmpty(request.ServerlessCacheName) ? new() { ServerlessCaches = [] } : throw new CloudException(
                "ServerlessCacheNotFoundFault",
                $"ServerlessCache {request.ServerlessCacheName} not found.",
                404));
    }

    private CacheRecord Create(Call call, CreateCacheClusterRequest request)
    {
        var name = StoreNames.Check("CacheClusterId", request.CacheClusterId, LongestName);
        if (!string.IsNullOrEmpty(request.ReplicationGroupId))
        {
            return replication.Join(call, tables.Group(call, request.ReplicationGroupId), name, request.PreferredAvailabilityZone);
        }

        replication.CheckNew(call, name);
        var engine = CacheEngine.Of(StoreNames.Needed("Engine", request.Engine));
        var nodes = request.NumCacheNodes ?? 1;
        CheckNodes(engine, nodes);
        ReplicationActions.CheckType(request.CacheNodeType);
        if (!string.IsNullOrEmpty(request.AuthToken))
        {
            throw new CloudException("InvalidParameterCombination", "Auth tokens are of replication groups.");
        }

        var group = tables.SubnetGroups.FindOrDefault(call, request.CacheSubnetGroupName);
        var arn = StoreNames.Arn(call, CacheService.Name, "cluster", name);
        var shown = request.CopyTo(new CacheCluster());
        shown.CacheClusterId = name;
        replication.Furnish(call, shown, engine, request.EngineVersion, request.CacheParameterGroupName);
        shown.SecurityGroups = CacheView.Groups(places.Groups(call, group.VpcId, request.SecurityGroupIds));
        shown.TransitEncryptionEnabled ??= false;
        var record = new CacheRecord
        {
            Id = CacheTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = group.Name,
            Port = StoreNames.CheckPort(request.Port, engine.Port, least: 1024),
        };
        tables.Tags.Add(arn, CacheView.Read(request.Tags));
        record = Grow(call, record, nodes, request.PreferredAvailabilityZones, request.PreferredAvailabilityZone);
        tables.Clusters.Put(record);
        return record;
    }

    /// <summary>Gives a cluster as many nodes, each with a server of its own.</summary>
    private CacheRecord Grow(Call call, CacheRecord record, int wanted, List<string>? zones, string? zone)
    {
        var engine = CacheEngine.Of(record.Shown.Engine);
        var offered = tables.SubnetGroups.FindOf(call.Region, record.SubnetGroup)!.Subnets.Values.Distinct().ToList();
        var nodes = record.Nodes;
        for (var number = nodes.Length; number < wanted; number++)
        {
            var id = $"{number + 1:0000}";
            var chosen = zones is { Count: > 0 } ? zones[number % zones.Count]
                : string.IsNullOrEmpty(zone) || zone == "Multiple" ? offered[0] : zone;
            if (!offered.Contains(chosen))
            {
                throw new CloudException("InvalidParameterValue", $"{chosen} is no zone of the cache subnet group {record.SubnetGroup}.");
            }

            var address = places.Address($"{call.Region} {record.Arn} {id}", [.. nodes.Select(each => each.Address)]);
            nodes = nodes.Add(new CacheNodeRecord(id, address, chosen, replication.Begin(
                record.Arn,
                engine,
                address,
                record.Port,
                needsTls: record.Shown.TransitEncryptionEnabled == true)));
        }

        foreach (var node in nodes.Skip(wanted))
        {
            engines.Remove(node.EngineId);
        }

        return record with { Nodes = [.. nodes.Take(wanted)] };
    }

    private DescribeCacheClustersResponse Describe(Call call, DescribeCacheClustersRequest request)
    {
        var all = string.IsNullOrEmpty(request.CacheClusterId)
            ? tables.Clusters.All.Where(each => each.Region == call.Region)
            : [tables.Cluster(call, request.CacheClusterId)];
        var (items, marker) = StorePages.Page(
            all.Where(each => request.ShowCacheClustersNotInReplicationGroups != true || each.Group is null),
            each => each.Id,
            request.MaxRecords,
            request.Marker);
        return new DescribeCacheClustersResponse
        {
            CacheClusters = items.ConvertAll(each => CacheView.Of(each, request.ShowCacheNodeInfo == true)),
            Marker = marker,
        };
    }

    private CacheRecord Modify(Call call, ModifyCacheClusterRequest request)
    {
        var before = Ready(call, request.CacheClusterId);
        if (before.Group is { } group)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                $"The cache cluster {before.Name} is a member of the replication group {group}: modify that.");
        }

        var engine = CacheEngine.Of(before.Shown.Engine);
        if (!string.IsNullOrEmpty(request.CacheNodeType))
        {
            ReplicationActions.CheckType(request.CacheNodeType);
        }

        var shown = request.CopyTo(before.Shown.CopyTo(new CacheCluster()));
        shown.CacheClusterId = before.Name;
        shown.Engine = before.Shown.Engine;
        shown.EngineVersion = request.EngineVersion is { } version ? engine.Version(version) : before.Shown.EngineVersion;
        replication.Change(call, shown, request.CacheParameterGroupName, request.SecurityGroupIds, before.SubnetGroup);
        var modified = before with { Shown = shown, State = StoreState.Modifying, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        if (request.NumCacheNodes is { } nodes)
        {
            CheckNodes(engine, nodes);
            if (request.CacheNodeIdsToRemove is { Count: > 0 } leaving)
            {
                foreach (var node in modified.Nodes.Where(each => leaving.Contains(each.Id)))
                {
                    engines.Remove(node.EngineId);
                }

                modified = modified with { Nodes = [.. modified.Nodes.Where(each => !leaving.Contains(each.Id))] };
            }
            else if (nodes < modified.Nodes.Length)
            {
                throw new CloudException(
                    "InvalidParameterCombination",
                    "CacheNodeIdsToRemove must name the nodes that go, where there are to be fewer.");
            }

            modified = Grow(call, modified, nodes, request.NewAvailabilityZones, zone: null);
        }

        tables.Clusters.Put(modified);
        return modified;
    }

    private CacheRecord Reboot(Call call, RebootCacheClusterRequest request)
    {
        var before = Ready(call, request.CacheClusterId);
        foreach (var node in before.Nodes.Where(each => request.CacheNodeIdsToReboot?.Contains(each.Id) == true))
        {
            engines.Restart(node.EngineId);
        }

        var rebooting = before with { State = StoreState.Rebooting, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Clusters.Put(rebooting);
        return rebooting;
    }

    private CacheRecord Delete(Call call, DeleteCacheClusterRequest request)
    {
        var before = tables.Cluster(call, request.CacheClusterId);
        if (before.State == StoreState.Deleting)
        {
            throw new CloudException("InvalidCacheClusterState", $"Cache cluster {before.Name} is already being deleted.");
        }

        ReplicationActions.NoSnapshot(request.FinalSnapshotIdentifier);
        if (before.Group is { } group)
        {
            ReplicationActions.Leave(tables.Group(call, group), before);
        }

        return replication.Delete(call, before);
    }

    private CacheRecord Ready(Call call, string name) =>
        tables.Cluster(call, name) is { State: StoreState.Available or StoreState.Failed } ready ? ready
            : throw new CloudException("InvalidCacheClusterState", $"Cache cluster {name} is not in available state.");

    private static void CheckNodes(CacheEngine engine, int nodes)
    {
        if (engine.Kind == EngineKind.Redis && nodes != 1)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1.");
        }

        if (nodes is < 1 or > MostNodes)
        {
            throw new CloudException("InvalidParameterValue", $"NumCacheNodes should be between 1 and {MostNodes}");
        }
    }
}
