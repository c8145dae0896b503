using System.Collections.Immutable;
using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>Replication groups: a primary, and replicas that really follow it. Those of several shards are seen, and run nothing.</summary>
internal sealed class ReplicationActions(CloudContext cloud, CacheTables tables, CacheView view, StorePlaces places, EngineRuns engines)
{
    private const int LongestName = 40;
    private const int MostReplicas = 5;
    private const int MostShards = 90;
    public const string Sharded = "a replication group of several shards (cluster mode) runs nothing on the local cloud";

    public void Register(Router router)
    {
        router.Handle<CreateReplicationGroupRequest, CreateReplicationGroupResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(Create(call, request)) });
        router.Handle<DescribeReplicationGroupsRequest, DescribeReplicationGroupsResponse>(CacheService.Name, Describe);
        router.Handle<ModifyReplicationGroupRequest, ModifyReplicationGroupResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(Modify(call, request)) });
        router.Handle<DeleteReplicationGroupRequest, DeleteReplicationGroupResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(DeleteGroup(call, request)) });
        router.Handle<IncreaseReplicaCountRequest, IncreaseReplicaCountResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(SetReplicas(call, request.ReplicationGroupId, request.NewReplicaCount, grows: true)) });
        router.Handle<DecreaseReplicaCountRequest, DecreaseReplicaCountResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(SetReplicas(call, request.ReplicationGroupId, request.NewReplicaCount, grows: false)) });
        router.Handle<TestFailoverRequest, TestFailoverResponse>(CacheService.Name, (call, request) =>
            new() { ReplicationGroup = view.Of(FailOver(Ready(call, request.ReplicationGroupId), null)) });
    }

    private ReplicationRecord Create(Call call, CreateReplicationGroupRequest request)
    {
        var name = StoreNames.Check("ReplicationGroupId", request.ReplicationGroupId, LongestName);
        if (tables.Groups.Find(CacheTables.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException("ReplicationGroupAlreadyExists", $"Replication group {name} already exists.");
        }

        if (!string.IsNullOrEmpty(request.PrimaryClusterId) || request.UserGroupIds is { Count: > 0 })
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The local cloud makes replication groups from nothing, and without user groups.");
        }

        var engine = CacheEngine.Of(request.Engine ?? "redis");
        if (engine.Kind != EngineKind.Redis)
        {
            throw new CloudException("InvalidParameterValue", $"Replication groups are of redis or valkey, not of {engine.Name}.");
        }

        CheckType(request.CacheNodeType);
        var parameters = request.CacheParameterGroupName;
        var shards = request.NumNodeGroups ?? (request.NodeGroupConfiguration is { Count: > 0 } configured ? configured.Count : 1);
        var isSharded = shards > 1
            || request.ClusterMode?.Value == "enabled"
            || parameters?.EndsWith(".cluster.on", StringComparison.Ordinal) == true;
        var replicas = request.ReplicasPerNodeGroup ?? Math.Max(0, (request.NumCacheClusters ?? 1) - 1);
        CheckCounts(request, shards, replicas);
        CheckToken(request.AuthToken, request.TransitEncryptionEnabled == true);
        var subnets = tables.SubnetGroups.FindOrDefault(call, request.CacheSubnetGroupName);
        var member = request.CopyTo(new CacheCluster());
        Furnish(call, member, engine, request.EngineVersion, parameters, isSharded);
        member.ReplicationGroupId = name;
        member.SecurityGroups = CacheView.Groups(places.Groups(call, subnets.VpcId, request.SecurityGroupIds));
        member.AuthTokenEnabled = !string.IsNullOrEmpty(request.AuthToken);
        member.TransitEncryptionEnabled = request.TransitEncryptionEnabled ?? false;
        member.AtRestEncryptionEnabled = request.AtRestEncryptionEnabled ?? false;
        var arn = StoreNames.Arn(call, CacheService.Name, "replicationgroup", name);
        var shown = request.CopyTo(new ReplicationGroup());
        shown.ReplicationGroupId = name;
        shown.Description = request.ReplicationGroupDescription;
        shown.Engine = engine.Name;
        shown.ClusterEnabled = isSharded;
        shown.ClusterMode = isSharded ? "enabled" : "disabled";
        shown.AutomaticFailover = request.AutomaticFailoverEnabled == true ? "enabled" : "disabled";
        shown.MultiAZ = request.MultiAZEnabled == true ? "enabled" : "disabled";
        shown.SnapshotRetentionLimit ??= 0;
        shown.SnapshotWindow ??= member.SnapshotWindow;
        shown.AuthTokenEnabled = member.AuthTokenEnabled;
        shown.TransitEncryptionEnabled = member.TransitEncryptionEnabled;
        shown.AtRestEncryptionEnabled = member.AtRestEncryptionEnabled;
        shown.TransitEncryptionMode = request.TransitEncryptionEnabled == true ? request.TransitEncryptionMode ?? "required" : null;
        member.TransitEncryptionMode = shown.TransitEncryptionMode;
        shown.DataTiering = request.DataTieringEnabled == true ? "enabled" : "disabled";
        shown.NetworkType ??= "ipv4";
        shown.IpDiscovery ??= "ipv4";
        shown.AutoMinorVersionUpgrade = member.AutoMinorVersionUpgrade;
        shown.ReplicationGroupCreateTime = call.Now.UtcDateTime;
        var record = new ReplicationRecord
        {
            Id = CacheTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            Port = StoreNames.CheckPort(request.Port, engine.Port, least: 1024),
            Token = request.AuthToken ?? "",
        };
        tables.Tags.Add(arn, CacheView.Read(request.Tags));
        for (var shard = 1; shard <= shards; shard++)
        {
            for (var number = 1; number <= replicas + 1; number++)
            {
                var made = Make(
                    call,
                    record,
                    isSharded ? $"{name}-{shard:0000}-{number:000}" : $"{name}-{number:000}",
                    shard,
                    member,
                    subnets,
                    request.PreferredCacheClusterAZs is { Count: > 0 } zones ? zones[(number - 1) % zones.Count] : null,
                    number - 1);
                record = number == 1 ? record with { Primaries = record.Primaries.Add(made.Name) } : record;
            }
        }

        if (isSharded)
        {
            engines.Say(arn, Sharded);
        }

        tables.Groups.Put(record);
        return record;
    }

    /// <summary>Makes a member of a group: the first of a shard is its primary, the others follow that.</summary>
    private CacheRecord Make(
        Call call,
        ReplicationRecord group,
        string name,
        int shard,
        CacheCluster like,
        SubnetGroupRecord subnets,
        string? zone,
        int number)
    {
        CheckNew(call, name);
        var zones = subnets.Subnets.Values.Distinct().ToList();
        var chosen = zone is null ? zones[number % zones.Count] : zones.Contains(zone) ? zone
            : throw new CloudException("InvalidParameterValue", $"{zone} is not a zone of the cache subnet group {subnets.Name}.");
        var shown = like.CopyTo(new CacheCluster());
        shown.CacheClusterId = name;
        shown.CacheClusterCreateTime = call.Now.UtcDateTime;
        var arn = StoreNames.Arn(call, CacheService.Name, "cluster", name);
        var address = places.Address($"{call.Region} {arn}");
        var primary = tables.Members(group).Find(each => each.Shard == shard && group.Primaries.Contains(each.Name));
        var engine = group.Shown.ClusterEnabled == true ? null : Begin(
            group.Arn,
            CacheEngine.Of(shown.Engine),
            address,
            group.Port,
            group.Token,
            engines.Find(primary?.Nodes[0].EngineId),
            shown.TransitEncryptionEnabled == true && shown.TransitEncryptionMode?.Value != "preferred");
        var record = new CacheRecord
        {
            Id = CacheTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = subnets.Name,
            Port = group.Port,
            Shard = shard,
            Nodes = [new CacheNodeRecord("0001", address, chosen, engine)],
        };
        tables.Clusters.Put(record);
        return record;
    }

    /// <summary>Begins a node's server; null where nothing can run, which is said then.</summary>
    public string? Begin(
        string arn,
        CacheEngine engine,
        string address,
        int port,
        string password = "",
        EngineRecord? primary = null,
        bool needsTls = false) =>
        engines.TryBegin(
            arn,
            engine.Kind,
            engine.Name,
            address,
            port,
            password: password,
            primary: primary,
            needsTls: needsTls);

    /// <summary>Adds a replica to a group.</summary>
    public CacheRecord Join(Call call, ReplicationRecord group, string name, string? zone)
    {
        var members = tables.Members(group);
        if (group.State != StoreState.Available || group.Shown.ClusterEnabled == true)
        {
            throw new CloudException("InvalidReplicationGroupState", $"Replication group {group.Name} takes no replica now.");
        }

        if (members.Count > MostReplicas)
        {
            throw new CloudException("NodeQuotaForClusterExceeded", $"A replication group has at most {MostReplicas} replicas.");
        }

        var primary = members.Find(each => group.Primaries.Contains(each.Name))!;
        return Make(
            call,
            group,
            name,
            shard: 1,
            primary.Shown,
            tables.SubnetGroups.FindOf(call.Region, primary.SubnetGroup)!,
            string.IsNullOrEmpty(zone) ? null : zone,
            members.Count);
    }

    /// <summary>Whether a member of a group may go.</summary>
    public static void Leave(ReplicationRecord group, CacheRecord member)
    {
        if (group.State == StoreState.Available && group.Primaries.Contains(member.Name))
        {
            throw new CloudException(
                "InvalidCacheClusterState",
                $"Cache cluster {member.Name} is serving as primary for replication group {group.Name} and cannot be deleted.");
        }
    }

    public CacheRecord Delete(Call call, CacheRecord cluster)
    {
        foreach (var node in cluster.Nodes)
        {
            engines.Remove(node.EngineId);
        }

        engines.Forget(cluster.Arn);
        var deleting = cluster with { State = StoreState.Deleting, Due = cloud.After(call.Now, cloud.Delays.Terminated) };
        tables.Clusters.Put(deleting);
        return deleting;
    }

    private DescribeReplicationGroupsResponse Describe(Call call, DescribeReplicationGroupsRequest request)
    {
        var (items, marker) = StorePages.Page(
            string.IsNullOrEmpty(request.ReplicationGroupId)
                ? tables.Groups.All.Where(each => each.Region == call.Region)
                : [tables.Group(call, request.ReplicationGroupId)],
            each => each.Id,
            request.MaxRecords,
            request.Marker);
        return new DescribeReplicationGroupsResponse { ReplicationGroups = items.ConvertAll(view.Of), Marker = marker };
    }

    private ReplicationRecord Modify(Call call, ModifyReplicationGroupRequest request)
    {
        var before = Ready(call, request.ReplicationGroupId);
        if (!string.IsNullOrEmpty(request.CacheNodeType))
        {
            CheckType(request.CacheNodeType);
        }

        if (request.TransitEncryptionEnabled is { } encrypted && encrypted != before.Shown.TransitEncryptionEnabled)
        {
            throw new CloudException("InvalidParameterCombination", "The local cloud's replication groups keep their transit encryption.");
        }

        var group = string.IsNullOrEmpty(request.PrimaryClusterId) ? before : FailOver(before, StoreNames.Of(request.PrimaryClusterId));
        var shown = request.CopyTo(group.Shown.CopyTo(new ReplicationGroup()));
        shown.ReplicationGroupId = group.Name;
        shown.Engine = group.Shown.Engine;
        shown.Description = request.ReplicationGroupDescription ?? shown.Description;
        shown.AutomaticFailover = Word(request.AutomaticFailoverEnabled) ?? shown.AutomaticFailover;
        shown.MultiAZ = Word(request.MultiAZEnabled) ?? shown.MultiAZ;
        if (shown.AutomaticFailover?.Value == "enabled" && tables.Members(group).Count < 2)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Automatic failover is not supported for replication groups with no replica.");
        }

        var token = group.Token;
        if (request.AuthToken is not null || request.AuthTokenUpdateStrategy is not null)
        {
            var deletes = request.AuthTokenUpdateStrategy?.Value == "DELETE";
            CheckToken(deletes ? null : StoreNames.Needed("AuthToken", request.AuthToken), shown.TransitEncryptionEnabled == true);
            token = deletes ? "" : request.AuthToken!;
            shown.AuthTokenEnabled = !deletes;
            shown.AuthTokenLastModifiedDate = call.Now.UtcDateTime;
        }

        var due = cloud.After(call.Now, cloud.Delays.Stopped);
        foreach (var member in tables.Members(group))
        {
            var own = request.CopyTo(member.Shown.CopyTo(new CacheCluster()));
            own.ReplicationGroupId = group.Name;
            own.Engine = member.Shown.Engine;
            own.EngineVersion = request.EngineVersion is { } version
                ? CacheEngine.Of(own.Engine).Version(version)
                : member.Shown.EngineVersion;
            own.AuthTokenEnabled = shown.AuthTokenEnabled;
            Change(call, own, request.CacheParameterGroupName, request.SecurityGroupIds, member.SubnetGroup);
            if (token != group.Token)
            {
                engines.SetPassword(member.Nodes[0].EngineId, token);
            }

            tables.Clusters.Put(member with { Shown = own, State = StoreState.Modifying, Due = due });
        }

        var modified = group with { Shown = shown, Token = token, State = StoreState.Modifying, Due = due };
        tables.Groups.Put(modified);
        return modified;
    }

    private ReplicationRecord DeleteGroup(Call call, DeleteReplicationGroupRequest request)
    {
        var before = tables.Group(call, request.ReplicationGroupId);
        if (before.State == StoreState.Deleting)
        {
            throw new CloudException("InvalidReplicationGroupState", $"Replication group {before.Name} is already being deleted.");
        }

        NoSnapshot(request.FinalSnapshotIdentifier);
        if (request.RetainPrimaryCluster == true)
        {
            throw new CloudException("InvalidParameterCombination", "The local cloud keeps no primary of a group that goes.");
        }

        foreach (var member in tables.Members(before).Where(each => each.State != StoreState.Deleting))
        {
            Delete(call, member);
        }

        engines.Forget(before.Arn);
        var deleting = before with { State = StoreState.Deleting, Due = cloud.After(call.Now, cloud.Delays.Terminated) };
        tables.Groups.Put(deleting);
        return deleting;
    }

    private ReplicationRecord SetReplicas(Call call, string name, int? wanted, bool grows)
    {
        var group = Ready(call, name);
        var members = tables.Members(group);
        if (wanted is not { } count || count > MostReplicas || grows == count <= members.Count - 1)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"NewReplicaCount must be {(grows ? "more" : "fewer")} than the {members.Count - 1} replicas that there are, "
                    + $"and at most {MostReplicas}.");
        }

        if (count == 0 && group.Shown.AutomaticFailover?.Value == "enabled")
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Automatic failover is not supported for replication groups with no replica.");
        }

        for (var number = 1; tables.Members(group).Count - 1 < count; number++)
        {
            var next = $"{group.Name}-{number:000}";
            if (tables.Clusters.Find(CacheTables.IdOf(call.Region, next)) is null)
            {
                Join(call, group, next, zone: null);
            }
        }

        foreach (var replica in members.Where(each => !group.Primaries.Contains(each.Name)).Skip(grows ? members.Count : count))
        {
            Delete(call, replica);
        }

        var modified = group with { State = StoreState.Modifying, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Groups.Put(modified);
        return modified;
    }

    /// <summary>The two members change places: whoever is the primary has the primary's server.</summary>
    private ReplicationRecord FailOver(ReplicationRecord group, string? target)
    {
        var members = tables.Members(group);
        var primary = members.Find(each => group.Primaries.Contains(each.Name))!;
        var next = members.Find(each => each != primary && (target is null || each.Name == target));
        if (primary.Name == target)
        {
            return group;
        }

        if (next is null || group.Shown.ClusterEnabled == true)
        {
            throw new CloudException("InvalidReplicationGroupState", $"Replication group {group.Name} has no replica to fail over to.");
        }

        tables.Clusters.Put(primary with { Nodes = next.Nodes });
        tables.Clusters.Put(next with { Nodes = primary.Nodes });
        var turned = group with { Primaries = [next.Name] };
        tables.Groups.Put(turned);
        return turned;
    }

    private ReplicationRecord Ready(Call call, string name) =>
        tables.Group(call, name) is { State: StoreState.Available or StoreState.Failed } ready ? ready
            : throw new CloudException("InvalidReplicationGroupState", $"Replication group {name} is not in available state.");

    /// <summary>What every cluster has from its beginning.</summary>
    public void Furnish(Call call, CacheCluster shown, CacheEngine engine, string? version, string? parameters, bool isSharded = false)
    {
        shown.Engine = engine.Name;
        shown.EngineVersion = engine.Version(version);
        shown.CacheClusterCreateTime = call.Now.UtcDateTime;
        shown.PreferredMaintenanceWindow = shown.PreferredMaintenanceWindow?.ToLowerInvariant() ?? "sun:05:00-sun:06:00";
        shown.AutoMinorVersionUpgrade ??= true;
        shown.NetworkType ??= "ipv4";
        shown.IpDiscovery ??= "ipv4";
        shown.AtRestEncryptionEnabled ??= false;
        shown.AuthTokenEnabled ??= false;
        if (engine.Kind == EngineKind.Redis)
        {
            shown.SnapshotRetentionLimit ??= 0;
            shown.SnapshotWindow ??= "03:00-04:00";
        }

        shown.CacheParameterGroup = Status(string.IsNullOrEmpty(parameters)
            ? $"default.{engine.FamilyOf(shown.EngineVersion)}{(isSharded ? ".cluster.on" : "")}"
            : tables.Parameters.Find(call, parameters).Name);
    }

    /// <summary>Gives a cluster other parameters and security groups, where there are any.</summary>
    public void Change(Call call, CacheCluster shown, string? parameters, List<string>? groups, string subnets)
    {
        if (!string.IsNullOrEmpty(parameters))
        {
            shown.CacheParameterGroup = Status(tables.Parameters.Find(call, parameters).Name);
        }

        if (groups is { Count: > 0 })
        {
            var vpc = tables.SubnetGroups.FindOf(call.Region, subnets)!.VpcId;
            shown.SecurityGroups = CacheView.Groups(places.Groups(call, vpc, groups));
        }
    }

    public void CheckNew(Call call, string name)
    {
        if (tables.Clusters.Find(CacheTables.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException("CacheClusterAlreadyExists", $"Cache cluster {name} already exists.");
        }
    }

    public static void CheckType(string? type)
    {
        if (type?.StartsWith("cache.", StringComparison.Ordinal) != true)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid Cache Node Type: {type}");
        }
    }

    public static void NoSnapshot(string? name)
    {
        if (!string.IsNullOrEmpty(name))
        {
            throw new CloudException("SnapshotFeatureNotSupportedFault", "The local cloud keeps no snapshots of caches.");
        }
    }

    private static void CheckCounts(CreateReplicationGroupRequest request, int shards, int replicas)
    {
        if (request.NumCacheClusters is not null && (request.NumNodeGroups is not null || request.ReplicasPerNodeGroup is not null))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "NumCacheClusters goes with neither NumNodeGroups nor ReplicasPerNodeGroup.");
        }

        if (replicas is < 0 or > MostReplicas || shards is < 1 or > MostShards)
        {
            throw new CloudException("InvalidParameterValue", $"There are 1 to {MostShards} shards of 0 to {MostReplicas} replicas each.");
        }

        if ((request.AutomaticFailoverEnabled == true || request.MultiAZEnabled == true) && replicas == 0)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Automatic failover is not supported for replication groups with no replica.");
        }

        if (request.MultiAZEnabled == true && request.AutomaticFailoverEnabled != true)
        {
            throw new CloudException("InvalidParameterCombination", "Multi-AZ needs automatic failover.");
        }

        if (shards > 1 && request.AutomaticFailoverEnabled != true)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Redis with cluster mode enabled cannot be created with auto failover turned off.");
        }
    }

    private static void CheckToken(string? token, bool isEncrypted)
    {
        if (string.IsNullOrEmpty(token))
        {
            return;
        }

        if (!isEncrypted)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The AUTH token is only supported when encryption-in-transit is enabled.");
        }

        if (token.Length is < 16 or > 128 || !token.All(each => each is > ' ' and <= '~' and not ('/' or '"' or '@')))
        {
            throw new CloudException(
                "InvalidParameterValue",
                "Invalid AuthToken provided: it has 16 to 128 printable characters besides '/', '\"' and '@'.");
        }
    }

    private static CacheParameterGroupStatus Status(string name) =>
        new() { CacheParameterGroupName = name, ParameterApplyStatus = "in-sync", CacheNodeIdsToReboot = [] };

    private static string? Word(bool? enabled) => enabled is null ? null : enabled == true ? "enabled" : "disabled";
}
