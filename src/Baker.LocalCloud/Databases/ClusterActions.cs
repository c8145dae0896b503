using Amazon.RDS.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>DB clusters of Aurora, and their endpoints.</summary>
internal sealed class ClusterActions(CloudContext cloud, DatabaseTables tables, DatabaseView view, StorePlaces places, EngineRuns engines)
{
    private const int LongestName = 63;
    private const int LongestPassword = 41;
    private const int LeastPort = 1150;

    public void Register(Router router)
    {
        router.Handle<CreateDBClusterRequest, CreateDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(Create(call, request)) });
        router.Handle<DescribeDBClustersRequest, DescribeDBClustersResponse>(DatabaseService.Name, Describe);
        router.Handle<ModifyDBClusterRequest, ModifyDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(Modify(call, request)) });
        router.Handle<DeleteDBClusterRequest, DeleteDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(Delete(call, request)) });
        router.Handle<FailoverDBClusterRequest, FailoverDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(FailOver(call, request)) });
        router.Handle<StopDBClusterRequest, StopDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(Turn(call, request.DBClusterIdentifier, StoreState.Available, "stopping", engines.Stop)) });
        router.Handle<StartDBClusterRequest, StartDBClusterResponse>(DatabaseService.Name, (call, request) =>
            new() { DBCluster = view.Of(Turn(call, request.DBClusterIdentifier, "stopped", "starting", engines.Start)) });
        router.Handle<DescribeGlobalClustersRequest, DescribeGlobalClustersResponse>(DatabaseService.Name, (_, request) =>
            string.IsNullOrEmpty(request.GlobalClusterIdentifier) ? new() { GlobalClusters = [] } : throw new CloudException(
                "GlobalClusterNotFoundFault",
                $"Global cluster {request.GlobalClusterIdentifier} not found.",
                404));
        router.Handle<CreateDBClusterEndpointRequest, CreateDBClusterEndpointResponse>(DatabaseService.Name, (call, request) =>
            CreateEndpoint(call, request).CopyTo(new CreateDBClusterEndpointResponse()));
        router.Handle<ModifyDBClusterEndpointRequest, ModifyDBClusterEndpointResponse>(DatabaseService.Name, (call, request) =>
            ModifyEndpoint(call, request).CopyTo(new ModifyDBClusterEndpointResponse()));
        router.Handle<DeleteDBClusterEndpointRequest, DeleteDBClusterEndpointResponse>(DatabaseService.Name, (call, request) =>
            DeleteEndpoint(call, request).CopyTo(new DeleteDBClusterEndpointResponse()));
        router.Handle<DescribeDBClusterEndpointsRequest, DescribeDBClusterEndpointsResponse>(DatabaseService.Name, DescribeEndpoints);
    }

    private DatabaseClusterRecord Create(Call call, CreateDBClusterRequest request)
    {
        var name = StoreNames.Check("DBClusterIdentifier", request.DBClusterIdentifier, LongestName);
        if (tables.Clusters.Find(DatabaseTables.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException("DBClusterAlreadyExistsFault", "DB Cluster already exists");
        }

        var engine = DatabaseEngine.Of(request.Engine);
        if (!engine.IsAurora)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                $"The local cloud has DB clusters of aurora-mysql and aurora-postgresql, and none of {engine.Name}.");
        }

        InstanceActions.NoSecrets(request.ManageMasterUserPassword);
        InstanceActions.CheckRetention(request.BackupRetentionPeriod);
        var user = StoreNames.CheckUser(request.MasterUsername, LongestName, engine.ReservedUsers);
        var password = StoreNames.CheckPassword(request.MasterUserPassword, LongestPassword);
        var group = tables.SubnetGroups.FindOrDefault(call, request.DBSubnetGroupName);
        var arn = StoreNames.Arn(call, DatabaseService.Name, "cluster", name);
        var shown = request.CopyTo(new DBCluster());
        shown.DBClusterIdentifier = name;
        shown.EngineVersion = engine.Version(request.EngineVersion);
        shown.MasterUsername = user;
        shown.DatabaseName = string.IsNullOrEmpty(request.DatabaseName) ? null : InstanceActions.CheckDatabase(request.DatabaseName);
        shown.Port = StoreNames.CheckPort(request.Port, engine.Port, LeastPort);
        shown.AllocatedStorage = 1;
        shown.AvailabilityZones = request.AvailabilityZones is { Count: > 0 } zones ? zones : [.. group.Subnets.Values.Distinct().Take(3)];
        shown.BackupRetentionPeriod ??= 1;
        shown.PreferredBackupWindow ??= "07:00-07:30";
        shown.PreferredMaintenanceWindow = shown.PreferredMaintenanceWindow?.ToLowerInvariant() ?? "sun:05:00-sun:05:30";
        shown.EngineMode ??= "provisioned";
        shown.StorageEncrypted ??= false;
        shown.CopyTagsToSnapshot ??= false;
        shown.DeletionProtection ??= false;
        shown.HttpEndpointEnabled = request.EnableHttpEndpoint ?? false;
        shown.IAMDatabaseAuthenticationEnabled = request.EnableIAMDatabaseAuthentication ?? false;
        shown.EnabledCloudwatchLogsExports = request.EnableCloudwatchLogsExports;
        shown.AutoMinorVersionUpgrade ??= true;
        shown.CrossAccountClone = false;
        shown.NetworkType ??= "IPV4";
        shown.EngineLifecycleSupport ??= "open-source-rds-extended-support";
        shown.ClusterCreateTime = call.Now.UtcDateTime;
        shown.DbClusterResourceId = "cluster-" + DatabaseTables.NewResource();
        shown.DBClusterParameterGroup = string.IsNullOrEmpty(request.DBClusterParameterGroupName)
            ? "default." + engine.FamilyOf(shown.EngineVersion)
            : tables.ClusterParameters.Find(call, request.DBClusterParameterGroupName).Name;
        shown.VpcSecurityGroups = DatabaseView.Groups(places.Groups(call, group.VpcId, request.VpcSecurityGroupIds));
        var record = new DatabaseClusterRecord
        {
            Id = DatabaseTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = group.Name,
            Password = password,
            Address = places.Address($"{call.Region} {arn}"),
        };
        tables.Tags.Add(arn, DatabaseView.Read(request.Tags));
        tables.Clusters.Put(record);
        return record;
    }

    private DescribeDBClustersResponse Describe(Call call, DescribeDBClustersRequest request)
    {
        var all = string.IsNullOrEmpty(request.DBClusterIdentifier)
            ? tables.Clusters.All.Where(each => each.Region == call.Region)
            : [tables.Cluster(call, request.DBClusterIdentifier)];
        var (items, marker) = StorePages.Page(
            DatabaseFilters.Matching(all, request.Filters, (name, values) => name switch
            {
                "db-cluster-id" => each => values.Exists(value => StoreNames.Of(value) == each.Name),
                "db-cluster-resource-id" => each => values.Contains(each.Shown.DbClusterResourceId),
                "engine" => each => values.Contains(each.Shown.Engine),
                _ => null,
            }),
            each => each.Id,
            request.MaxRecords,
            request.Marker);
        return new DescribeDBClustersResponse { DBClusters = items.ConvertAll(view.Of), Marker = marker };
    }

    private DatabaseClusterRecord Modify(Call call, ModifyDBClusterRequest request)
    {
        var before = InState(tables.Cluster(call, request.DBClusterIdentifier), StoreState.Available);
        var engine = DatabaseEngine.Of(before.Shown.Engine);
        InstanceActions.NoSecrets(request.ManageMasterUserPassword);
        InstanceActions.CheckRetention(request.BackupRetentionPeriod);
        if (request.NewDBClusterIdentifier is not null || (request.Port is { } port && port != before.Shown.Port))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The local cloud's DB clusters keep the name and the port that they were made with.");
        }

        var shown = request.CopyTo(before.Shown.CopyTo(new DBCluster()));
        shown.DBClusterIdentifier = before.Name;
        shown.EngineVersion = request.EngineVersion is { } version ? engine.Version(version) : before.Shown.EngineVersion;
        shown.HttpEndpointEnabled = request.EnableHttpEndpoint ?? shown.HttpEndpointEnabled;
        shown.IAMDatabaseAuthenticationEnabled = request.EnableIAMDatabaseAuthentication ?? shown.IAMDatabaseAuthenticationEnabled;
        shown.EnabledCloudwatchLogsExports =
            InstanceActions.Exports(shown.EnabledCloudwatchLogsExports, request.CloudwatchLogsExportConfiguration);
        if (request.DBClusterParameterGroupName is { } parameters)
        {
            shown.DBClusterParameterGroup = tables.ClusterParameters.Find(call, parameters).Name;
        }

        if (request.VpcSecurityGroupIds is { Count: > 0 } groups)
        {
            var vpc = tables.SubnetGroups.FindOrDefault(call, before.SubnetGroup).VpcId;
            shown.VpcSecurityGroups = DatabaseView.Groups(places.Groups(call, vpc, groups));
        }

        var modified = before with { Shown = shown, State = StoreState.Modifying, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        if (request.MasterUserPassword is { } password)
        {
            modified = modified with { Password = StoreNames.CheckPassword(password, LongestPassword) };
            engines.SetPassword(before.EngineId, password);
        }

        tables.Clusters.Put(modified);
        return modified;
    }

    private DatabaseClusterRecord Delete(Call call, DeleteDBClusterRequest request)
    {
        var before = tables.Cluster(call, request.DBClusterIdentifier);
        if (before.Shown.DeletionProtection == true)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Cannot delete protected Cluster, please disable deletion protection and try again.");
        }

        if (before.State == StoreState.Deleting || tables.Members(before).Exists(each => each.State != StoreState.Deleting))
        {
            throw new CloudException("InvalidDBClusterStateFault", before.State == StoreState.Deleting
                ? $"Cluster {before.Name} is already being deleted."
                : "Cluster cannot be deleted, it still contains DB instances in non-deleting state.");
        }

        FinalSnapshot(call, before, request.SkipFinalSnapshot, request.FinalDBSnapshotIdentifier);
        engines.Remove(before.EngineId);
        var deleting = before with { State = StoreState.Deleting, Due = cloud.After(call.Now, cloud.Delays.Terminated) };
        tables.Clusters.Put(deleting);
        return deleting;
    }

    private void FinalSnapshot(Call call, DatabaseClusterRecord record, bool? skips, string? given)
    {
        if (SnapshotActions.FinalName(skips, given) is not { } name)
        {
            return;
        }

        var id = DatabaseTables.IdOf(call.Region, name);
        if (tables.ClusterSnapshots.Find(id) is not null)
        {
            throw new CloudException("DBClusterSnapshotAlreadyExistsFault", $"The DB cluster snapshot {name} already exists.");
        }

        var shown = record.Shown.CopyTo(new DBClusterSnapshot());
        shown.DBClusterSnapshotIdentifier = name;
        shown.DBClusterSnapshotArn = StoreNames.Arn(call, DatabaseService.Name, "cluster-snapshot", name);
        shown.SnapshotCreateTime = call.Now.UtcDateTime;
        shown.SnapshotType = "manual";
        shown.Status = "available";
        shown.PercentProgress = 100;
        tables.ClusterSnapshots.Put(new ClusterSnapshotRecord(id, call.Region, shown));
    }

    /// <summary>The two instances change places: whoever is the writer has the cluster's server.</summary>
    private DatabaseClusterRecord FailOver(Call call, FailoverDBClusterRequest request)
    {
        var before = InState(tables.Cluster(call, request.DBClusterIdentifier), StoreState.Available);
        var members = tables.Members(before).Where(each => each.State == StoreState.Available).ToList();
        var writer = members.Find(each => each.Name == before.Writer);
        var target = string.IsNullOrEmpty(request.TargetDBInstanceIdentifier)
            ? members.Where(each => each.Name != before.Writer).MinBy(each => each.Shown.PromotionTier ?? 1)
            : members.Find(each => each.Name == StoreNames.Of(request.TargetDBInstanceIdentifier))
                ?? throw new CloudException("DBInstanceNotFound", $"DBInstance {request.TargetDBInstanceIdentifier} not found.", 404);
        if (writer is null || target is null || target == writer)
        {
            throw new CloudException("InvalidDBClusterStateFault", $"Cluster {before.Name} has no reader to fail over to.");
        }

        tables.Instances.Put(writer with { EngineId = target.EngineId, Address = target.Address });
        tables.Instances.Put(target with { EngineId = null, Address = before.Address });
        var turned = before with { Writer = target.Name };
        tables.Clusters.Put(turned);
        return turned;
    }

    private DatabaseClusterRecord Turn(Call call, string name, string from, string to, Action<string?> turn)
    {
        var before = InState(tables.Cluster(call, name), from);
        turn(before.EngineId);
        foreach (var member in tables.Members(before).Where(each => each.State == from))
        {
            turn(member.EngineId);
            tables.Instances.Put(member with { State = to, Due = cloud.After(call.Now, cloud.Delays.Stopped) });
        }

        var turned = before with { State = to, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Clusters.Put(turned);
        return turned;
    }

    private static DatabaseClusterRecord InState(DatabaseClusterRecord cluster, string state) => cluster.State == state ? cluster
        : throw new CloudException("InvalidDBClusterStateFault", $"DBCluster {cluster.Name} is not in {state} state.");

    private DBClusterEndpoint CreateEndpoint(Call call, CreateDBClusterEndpointRequest request)
    {
        var cluster = tables.Cluster(call, request.DBClusterIdentifier);
        var name = StoreNames.Check("DBClusterEndpointIdentifier", request.DBClusterEndpointIdentifier, LongestName);
        var id = DatabaseTables.IdOf(call.Region, name);
        if (tables.Endpoints.Find(id) is not null)
        {
            throw new CloudException("DBClusterEndpointAlreadyExistsFault", $"The cluster endpoint {name} already exists.");
        }

        if (request.EndpointType is not ("READER" or "ANY"))
        {
            throw new CloudException("InvalidParameterValue", $"Invalid endpoint type {request.EndpointType}: it is READER or ANY.");
        }

        CheckMembers(call, request.StaticMembers, request.ExcludedMembers);
        var shown = new DBClusterEndpoint
        {
            DBClusterEndpointIdentifier = name,
            DBClusterIdentifier = cluster.Name,
            DBClusterEndpointResourceIdentifier =
                "cluster-endpoint-" + DatabaseTables.NewResource(),
            DBClusterEndpointArn = StoreNames.Arn(call, DatabaseService.Name, "cluster-endpoint", name),
            EndpointType = "CUSTOM",
            CustomEndpointType = request.EndpointType,
            StaticMembers = request.StaticMembers,
            ExcludedMembers = request.ExcludedMembers,
            Status = StoreState.Available,
        };
        tables.Tags.Add(shown.DBClusterEndpointArn, DatabaseView.Read(request.Tags));
        tables.Endpoints.Put(new CustomEndpointRecord(id, call.Region, shown));
        return Shown(call, shown);
    }

    private DBClusterEndpoint ModifyEndpoint(Call call, ModifyDBClusterEndpointRequest request)
    {
        var before = Endpoint(call, request.DBClusterEndpointIdentifier);
        CheckMembers(call, request.StaticMembers, request.ExcludedMembers);
        var shown = before.Shown.CopyTo(new DBClusterEndpoint());
        shown.CustomEndpointType = request.EndpointType ?? shown.CustomEndpointType;
        shown.StaticMembers = request.StaticMembers ?? (request.ExcludedMembers is null ? shown.StaticMembers : null);
        shown.ExcludedMembers = request.ExcludedMembers ?? (request.StaticMembers is null ? shown.ExcludedMembers : null);
        tables.Endpoints.Put(before with { Shown = shown });
        return Shown(call, shown);
    }

    private DBClusterEndpoint DeleteEndpoint(Call call, DeleteDBClusterEndpointRequest request)
    {
        var before = Endpoint(call, request.DBClusterEndpointIdentifier);
        tables.Endpoints.Remove(before.Id);
        tables.Tags.Forget(before.Shown.DBClusterEndpointArn);
        var shown = Shown(call, before.Shown);
        shown.Status = StoreState.Deleting;
        return shown;
    }

    private DescribeDBClusterEndpointsResponse DescribeEndpoints(Call call, DescribeDBClusterEndpointsRequest request)
    {
        var clusters = string.IsNullOrEmpty(request.DBClusterIdentifier)
            ? tables.Clusters.All.Where(each => each.Region == call.Region)
            : [tables.Cluster(call, request.DBClusterIdentifier)];
        var all = clusters.SelectMany(cluster => Own(view.Of(cluster)).Concat(tables.Endpoints.All
            .Where(each => each.Region == call.Region && each.Shown.DBClusterIdentifier == cluster.Name)
            .Select(each => Shown(call, each.Shown)))).ToList();
        if (!string.IsNullOrEmpty(request.DBClusterEndpointIdentifier))
        {
            var name = StoreNames.Of(request.DBClusterEndpointIdentifier);
            all = all.FindAll(each => each.DBClusterEndpointIdentifier == name);
        }

        var (items, marker) = StorePages.Page(
            DatabaseFilters.Matching(all, request.Filters, (name, values) => name switch
            {
                "db-cluster-endpoint-type" => each => values.Exists(value =>
                    value.Equals(each.EndpointType, StringComparison.OrdinalIgnoreCase)),
                "db-cluster-endpoint-custom-type" => each => values.Exists(value =>
                    value.Equals(each.CustomEndpointType, StringComparison.OrdinalIgnoreCase)),
                "db-cluster-endpoint-id" => each => values.Contains(each.DBClusterEndpointIdentifier),
                "db-cluster-endpoint-status" => each => values.Contains(each.Status),
                _ => null,
            }),
            each => $"{each.DBClusterIdentifier}/{each.EndpointType}/{each.DBClusterEndpointIdentifier}",
            request.MaxRecords,
            request.Marker);
        return new DescribeDBClusterEndpointsResponse { DBClusterEndpoints = items, Marker = marker };
    }

    /// <summary>The two that every cluster has: they have no names.</summary>
    private static IEnumerable<DBClusterEndpoint> Own(DBCluster cluster) =>
        new[] { ("WRITER", cluster.Endpoint), ("READER", cluster.ReaderEndpoint) }.Select(each => new DBClusterEndpoint
        {
            DBClusterIdentifier = cluster.DBClusterIdentifier,
            Endpoint = each.Item2,
            EndpointType = each.Item1,
            Status = cluster.Status == StoreState.Creating ? StoreState.Creating : StoreState.Available,
        });

    private DBClusterEndpoint Shown(Call call, DBClusterEndpoint endpoint)
    {
        var shown = endpoint.CopyTo(new DBClusterEndpoint());
        shown.Endpoint = view.AddressOf(tables.Cluster(call, endpoint.DBClusterIdentifier), endpoint);
        return shown;
    }

    private CustomEndpointRecord Endpoint(Call call, string name) =>
        tables.Endpoints.Find(DatabaseTables.IdOf(call.Region, name))
            ?? throw new CloudException("DBClusterEndpointNotFoundFault", $"DBClusterEndpoint {name} not found.");

    private void CheckMembers(Call call, params IEnumerable<List<string>?> lists)
    {
        foreach (var name in lists.OfType<List<string>>().SelectMany(each => each))
        {
            tables.Instance(call, name);
        }
    }
}
