using Amazon.ElastiCache.Model;
using Amazon.RDS.Model;
using Amazon.Redshift.Model;
using Amazon.Runtime;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Configuration;

namespace Baker.Cloud.Configuration;

/// <summary>Looks up where datastores are reached: all of a kind and region at once, however many they are. It changes nothing.</summary>
/// <param name="contextIn">What the work in a region is done with.</param>
public sealed class DatastoreLookup(Func<string, FleetContext> contextIn)
{
    private const int MostOfAPage = 100;

    /// <summary>Above it a list of nodes does not fit into a parameter with all else.</summary>
    private const int LongestNodes = 7000;

    private static readonly string[] s_missing = ["DBClusterNotFoundFault", "DBInstanceNotFound", "DBInstanceNotFoundFault"];

    /// <summary>The endpoints of each, by its name.</summary>
    /// <exception cref="BakerException">Some are not there, or have none yet; all of those are told.</exception>
    public async Task<IReadOnlyDictionary<string, DatastoreEndpoints>> FindAsync(
        IReadOnlyCollection<Datastore> datastores,
        CancellationToken stop)
    {
        var found = await LookAsync(datastores, stop).ConfigureAwait(false);
        var wrong = found.Where(each => each.Problem is not null).ToList();
        return wrong.Count == 0
            ? found.ToDictionary(each => each.Datastore.Name, each => each.Endpoints!, StringComparer.Ordinal)
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"Nodes cannot be given the endpoints of {string.Join(", ", wrong.Select(each => each.Datastore.Name))}:"
                    + string.Concat(wrong.Select(each => $"\n  - {each.Datastore.Name}: {each.Problem}")),
                "Nothing was changed. Baker makes no datastores: make it, or wait until it is available, or correct __datastores__; "
                    + "then run the command again.");
    }

    /// <summary>Each with its endpoints, or why it has none.</summary>
    public async Task<IReadOnlyList<FoundDatastore>> LookAsync(IReadOnlyCollection<Datastore> datastores, CancellationToken stop)
    {
        var found = new List<FoundDatastore>();
        foreach (var some in datastores.GroupBy(each => (each.Kind, Region: each.Kind == Datastore.Host ? "" : each.Region)))
        {
            var (kind, region) = some.Key;
            found.AddRange(kind switch
            {
                Datastore.Rds => await DatabasesAsync(contextIn(region), [.. some], stop).ConfigureAwait(false),
                Datastore.ElastiCache => await CachesAsync(contextIn(region), [.. some], stop).ConfigureAwait(false),
                Datastore.Redshift => await WarehousesAsync(contextIn(region), [.. some], stop).ConfigureAwait(false),
                _ => some.Select(each =>
                    new FoundDatastore(each, DatastoreEndpoints.Of(each, engine: null, each.Id, each.Port ?? 0), null)),
            });
        }

        return found;
    }

    private static async Task<IEnumerable<FoundDatastore>> DatabasesAsync(
        FleetContext context,
        List<Datastore> asked,
        CancellationToken stop)
    {
        var ids = asked.Select(each => each.Id.ToLowerInvariant()).Distinct().ToList();
        var clusters = await ClustersAsync(context, ids, stop).ConfigureAwait(false);
        var others = ids.FindAll(id => !clusters.Exists(cluster => IsSame(cluster.DBClusterIdentifier, id)));
        var instances = others.Count == 0 ? [] : await InstancesAsync(context, others, stop).ConfigureAwait(false);
        return asked.Select(each =>
        {
            if (clusters.Find(cluster => IsSame(cluster.DBClusterIdentifier, each.Id)) is { } cluster)
            {
                return Found(
                    each,
                    cluster.Status,
                    cluster.Endpoint,
                    cluster.Port,
                    (host, port) => DatastoreEndpoints.Of(each, cluster.Engine, host, port, cluster.ReaderEndpoint));
            }

            return instances.Find(instance => IsSame(instance.DBInstanceIdentifier, each.Id)) is { } found
                ? Found(
                    each,
                    found.DBInstanceStatus,
                    found.Endpoint?.Address,
                    found.Endpoint?.Port,
                    (host, port) => DatastoreEndpoints.Of(each, found.Engine, host, port))
                : Missing(each, "RDS has neither a cluster nor an instance");
        });
    }

    private static Task<List<DBCluster>> ClustersAsync(FleetContext context, List<string> ids, CancellationToken stop)
    {
        var request = new DescribeDBClustersRequest { Filters = Filter("db-cluster-id", ids), MaxRecords = MostOfAPage };
        return ListAsync(
            context,
            context.Clients.RDS.DescribeDBClustersAsync,
            request,
            reply => request.Marker = reply.Marker,
            reply => reply.DBClusters,
            stop);
    }

    private static Task<List<DBInstance>> InstancesAsync(FleetContext context, List<string> ids, CancellationToken stop)
    {
        var request = new DescribeDBInstancesRequest { Filters = Filter("db-instance-id", ids), MaxRecords = MostOfAPage };
        return ListAsync(
            context,
            context.Clients.RDS.DescribeDBInstancesAsync,
            request,
            reply => request.Marker = reply.Marker,
            reply => reply.DBInstances,
            stop);
    }

    /// <summary>ElastiCache has no filters: all of a region come together.</summary>
    private static async Task<IEnumerable<FoundDatastore>> CachesAsync(FleetContext context, List<Datastore> asked, CancellationToken stop)
    {
        var ofGroups = new DescribeReplicationGroupsRequest { MaxRecords = MostOfAPage };
        var groups = await ListAsync(
            context,
            context.Clients.ElastiCache.DescribeReplicationGroupsAsync,
            ofGroups,
            reply => ofGroups.Marker = reply.Marker,
            reply => reply.ReplicationGroups,
            stop).ConfigureAwait(false);
        var ofClusters = new DescribeCacheClustersRequest { ShowCacheNodeInfo = true, MaxRecords = MostOfAPage };
        var clusters = await ListAsync(
            context,
            context.Clients.ElastiCache.DescribeCacheClustersAsync,
            ofClusters,
            reply => ofClusters.Marker = reply.Marker,
            reply => reply.CacheClusters,
            stop).ConfigureAwait(false);
        return asked.Select(each =>
        {
            if (groups.Find(group => IsSame(group.ReplicationGroupId, each.Id)) is { } group)
            {
                return OfGroup(context, each, group, [.. clusters.Where(cluster => IsSame(cluster.ReplicationGroupId, each.Id))]);
            }

            return clusters.Find(cluster => IsSame(cluster.CacheClusterId, each.Id)) is { } found
                ? OfCluster(context, each, found)
                : Missing(each, "ElastiCache has neither a replication group nor a cluster");
        });
    }

    /// <summary>Writes go to the primary; where the keys are spread over shards, the client asks the configuration endpoint.</summary>
    private static FoundDatastore OfGroup(FleetContext context, Datastore asked, ReplicationGroup group, List<CacheCluster> members)
    {
        var shard = (group.NodeGroups ?? []).FirstOrDefault();
        var writer = group.ConfigurationEndpoint?.Address is { Length: > 0 } ? group.ConfigurationEndpoint : shard?.PrimaryEndpoint;
        var reader = group.ConfigurationEndpoint?.Address is { Length: > 0 } ? null : shard?.ReaderEndpoint?.Address;
        var nodes = members.SelectMany(Nodes).ToList();
        if (nodes.Count == 0)
        {
            nodes = [.. (group.NodeGroups ?? [])
                .SelectMany(each => each.NodeGroupMembers ?? [])
                .Select(member => member.ReadEndpoint)
                .Where(endpoint => endpoint?.Address is { Length: > 0 })
                .Select(Text)];
        }

        var engine = group.Engine is { Length: > 0 } named ? named : members.FirstOrDefault()?.Engine ?? "redis";
        return Found(asked, group.Status, writer?.Address, writer?.Port, (host, port) =>
            DatastoreEndpoints.Of(asked, engine, host, port, reader, Fitting(context, asked, nodes)));
    }

    private static FoundDatastore OfCluster(FleetContext context, Datastore asked, CacheCluster cluster)
    {
        var nodes = Nodes(cluster).ToList();
        var writer = cluster.ConfigurationEndpoint?.Address is { Length: > 0 }
            ? cluster.ConfigurationEndpoint
            : (cluster.CacheNodes ?? []).Select(node => node.Endpoint).FirstOrDefault();
        return Found(asked, cluster.CacheClusterStatus, writer?.Address, writer?.Port, (host, port) =>
            DatastoreEndpoints.Of(asked, cluster.Engine, host, port, readerHost: null, Fitting(context, asked, nodes)));
    }

    private static async Task<IEnumerable<FoundDatastore>> WarehousesAsync(
        FleetContext context,
        List<Datastore> asked,
        CancellationToken stop)
    {
        var request = new DescribeClustersRequest { MaxRecords = MostOfAPage };
        var clusters = await ListAsync(
            context,
            context.Clients.Redshift.DescribeClustersAsync,
            request,
            reply => request.Marker = reply.Marker,
            reply => reply.Clusters,
            stop).ConfigureAwait(false);
        return asked.Select(each => clusters.Find(cluster => IsSame(cluster.ClusterIdentifier, each.Id)) is { } found
            ? Found(
                each,
                found.ClusterStatus,
                found.Endpoint?.Address,
                found.Endpoint?.Port,
                (host, port) => DatastoreEndpoints.Of(each, "redshift", host, port))
            : Missing(each, "Redshift has no cluster"));
    }

    private static FoundDatastore Found(
        Datastore asked,
        string? status,
        string? host,
        int? port,
        Func<string, int, DatastoreEndpoints> endpoints)
    {
        if (status is "deleting" or "deleted")
        {
            return new FoundDatastore(asked, null, $"{asked.Words} in {asked.Region} is being deleted");
        }

        return status == "creating" || string.IsNullOrEmpty(host) || port is null or 0
            ? new FoundDatastore(asked, null, $"{asked.Words} in {asked.Region} has no endpoint yet: its state is {status ?? "unknown"}")
            : new FoundDatastore(asked, endpoints(host, port.Value), null);
    }

    private static FoundDatastore Missing(Datastore asked, string words) =>
        new(asked, null, $"{words} {asked.Id} in {asked.Region}");

    private static List<string> Fitting(FleetContext context, Datastore asked, List<string> nodes)
    {
        if (nodes.Sum(node => node.Length + 3) <= LongestNodes)
        {
            return nodes;
        }

        context.Say($"{asked.Words} has {nodes.Count} nodes, too many for a parameter: nodes are given {asked.Name} without their list");
        return [];
    }

    private static IEnumerable<string> Nodes(CacheCluster cluster) => (cluster.CacheNodes ?? [])
        .Select(node => node.Endpoint)
        .Where(endpoint => endpoint?.Address is { Length: > 0 })
        .Select(Text);

    private static string Text(Amazon.ElastiCache.Model.Endpoint endpoint) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{endpoint.Address}:{endpoint.Port ?? 0}");

    private static List<Amazon.RDS.Model.Filter> Filter(string name, List<string> values) => [new() { Name = name, Values = values }];

    private static async Task<List<TItem>> ListAsync<TRequest, TReply, TItem>(
        FleetContext context,
        Func<TRequest, CancellationToken, Task<TReply>> call,
        TRequest request,
        Func<TReply, string?> next,
        Func<TReply, List<TItem>?> items,
        CancellationToken stop)
        where TRequest : AmazonWebServiceRequest
        where TReply : class
    {
        var found = new List<TItem>();
        try
        {
            await foreach (var page in context.Pacer.PagesAsync(call, request, next, stop).ConfigureAwait(false))
            {
                found.AddRange(items(page) ?? []);
            }
        }
        catch (AmazonServiceException error) when (s_missing.Contains(error.ErrorCode))
        {
            // A filter that names none that there is.
        }

        return found;
    }

    // AWS keeps them in lower case, however they were written.
    private static bool IsSame(string? id, string asked) => string.Equals(id, asked, StringComparison.OrdinalIgnoreCase);
}
