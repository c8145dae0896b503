using Amazon.RDS.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>DB instances.</summary>
internal sealed class InstanceActions(CloudContext cloud, DatabaseTables tables, DatabaseView view, StorePlaces places, EngineRuns engines)
{
    private const int LongestName = 63;
    private const int LongestPassword = 128;
    private const int LeastPort = 1150;
    private const int LongestRetention = 35;

    public void Register(Router router)
    {
        router.Handle<CreateDBInstanceRequest, CreateDBInstanceResponse>(DatabaseService.Name, (call, request) =>
            new() { DBInstance = view.Of(call, Create(call, request)) });
        router.Handle<DescribeDBInstancesRequest, DescribeDBInstancesResponse>(DatabaseService.Name, Describe);
        router.Handle<ModifyDBInstanceRequest, ModifyDBInstanceResponse>(DatabaseService.Name, (call, request) =>
            new() { DBInstance = view.Of(call, Modify(call, request)) });
        router.Handle<DeleteDBInstanceRequest, DeleteDBInstanceResponse>(DatabaseService.Name, (call, request) =>
            new() { DBInstance = view.Of(call, Delete(call, request)) });
        router.Handle<RebootDBInstanceRequest, RebootDBInstanceResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBInstance = Turn(call, request.DBInstanceIdentifier, StoreState.Available, StoreState.Rebooting, engines.Restart),
        });
        router.Handle<StopDBInstanceRequest, StopDBInstanceResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBInstance = Turn(call, request.DBInstanceIdentifier, StoreState.Available, "stopping", engines.Stop),
        });
        router.Handle<StartDBInstanceRequest, StartDBInstanceResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBInstance = Turn(call, request.DBInstanceIdentifier, "stopped", "starting", engines.Start),
        });
    }

    private DatabaseRecord Create(Call call, CreateDBInstanceRequest request)
    {
        var name = StoreNames.Check("DBInstanceIdentifier", request.DBInstanceIdentifier, LongestName);
        if (tables.Instances.Find(DatabaseTables.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException("DBInstanceAlreadyExists", "DB instance already exists");
        }

        var engine = DatabaseEngine.Of(request.Engine);
        CheckClass(request.DBInstanceClass);
        CheckRetention(request.BackupRetentionPeriod);
        if (!string.IsNullOrEmpty(request.DBParameterGroupName))
        {
            tables.Parameters.Find(call, request.DBParameterGroupName);
        }

        if (!string.IsNullOrEmpty(request.OptionGroupName))
        {
            tables.Options.Find(call, request.OptionGroupName);
        }

        var arn = StoreNames.Arn(call, DatabaseService.Name, "db", name);
        tables.Tags.Add(arn, DatabaseView.Read(request.Tags));
        var record = string.IsNullOrEmpty(request.DBClusterIdentifier)
            ? Alone(call, request, engine, name, arn)
            : Member(call, request, engine, name, arn);
        tables.Instances.Put(record);
        return record;
    }

    private DatabaseRecord Alone(Call call, CreateDBInstanceRequest request, DatabaseEngine engine, string name, string arn)
    {
        if (engine.IsAurora)
        {
            throw new CloudException("InvalidParameterCombination", $"DBClusterIdentifier is needed for the engine {engine.Name}.");
        }

        NoSecrets(request.ManageMasterUserPassword);
        var user = StoreNames.CheckUser(request.MasterUsername, LongestName, engine.ReservedUsers);
        var password = StoreNames.CheckPassword(request.MasterUserPassword, engine.Kind == EngineKind.MariaDb ? 41 : LongestPassword);
        var group = tables.SubnetGroups.FindOrDefault(call, request.DBSubnetGroupName);
        var port = StoreNames.CheckPort(request.Port, engine.Port, LeastPort);
        if (request.AllocatedStorage is null or < 5 or > 65536)
        {
            throw request.AllocatedStorage is null
                ? new CloudException("InvalidParameterValue", "The parameter AllocatedStorage must be provided and must not be blank.")
                : new CloudException(
                    "InvalidParameterCombination",
                    $"Invalid storage size for engine name {engine.Name} and storage type {request.StorageType ?? "gp2"}: "
                        + $"{request.AllocatedStorage}");
        }

        var shown = Shown(call, request, engine, group);
        shown.MasterUsername = user;
        shown.DBName = string.IsNullOrEmpty(request.DBName) ? null : CheckDatabase(request.DBName);
        shown.VpcSecurityGroups = DatabaseView.Groups(places.Groups(call, group.VpcId, request.VpcSecurityGroupIds));
        var address = places.Address($"{call.Region} {arn}");
        var engineId = engines.TryBegin(arn, engine.Kind, engine.Name, address, port, user, password, shown.DBName ?? "");
        return new DatabaseRecord
        {
            Id = DatabaseTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = group.Name,
            EngineId = engineId,
            Address = address,
            Port = port,
        };
    }

    private DatabaseRecord Member(Call call, CreateDBInstanceRequest request, DatabaseEngine engine, string name, string arn)
    {
        var cluster = tables.Cluster(call, request.DBClusterIdentifier);
        if (cluster.Shown.Engine != engine.Name)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                $"The engine name requested for your DB instance ({engine.Name}) doesn't match the engine name of your DB cluster "
                    + $"({cluster.Shown.Engine}).");
        }

        foreach (var (given, what) in new[]
        {
            (request.MasterUserPassword, "master user password"), (request.MasterUsername, "master user name"),
            (request.DBName, "database name"), (request.AllocatedStorage is null ? null : "", "allocated storage"),
        })
        {
            if (given is not null)
            {
                throw new CloudException(
                    "InvalidParameterCombination",
                    $"The requested DB Instance will be a member of a DB Cluster. Set {what} for the DB Cluster.");
            }
        }

        var group = tables.SubnetGroups.FindOrDefault(call, cluster.SubnetGroup);
        var shown = Shown(call, request, engine, group);
        shown.DBClusterIdentifier = cluster.Name;
        shown.EngineVersion = cluster.Shown.EngineVersion;
        shown.MasterUsername = cluster.Shown.MasterUsername;
        shown.DBName = cluster.Shown.DatabaseName;
        shown.StorageType = cluster.Shown.StorageType ?? "aurora";
        shown.StorageEncrypted = cluster.Shown.StorageEncrypted;
        shown.KmsKeyId = cluster.Shown.KmsKeyId;
        shown.AllocatedStorage = 1;
        shown.PromotionTier ??= 1;
        shown.BackupRetentionPeriod = cluster.Shown.BackupRetentionPeriod;
        shown.PreferredBackupWindow = cluster.Shown.PreferredBackupWindow;
        shown.VpcSecurityGroups = cluster.Shown.VpcSecurityGroups;
        var port = cluster.Shown.Port ?? engine.Port;
        var record = new DatabaseRecord
        {
            Id = DatabaseTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = cluster.SubnetGroup,
            Address = cluster.Address,
            Port = port,
        };
        if (engines.Obstacle(engine.Kind, engine.Name) is { } obstacle)
        {
            engines.Say(arn, obstacle);
        }
        else if (cluster.EngineId is null)
        {
            var begun = engines.Begin(
                cluster.Arn,
                engine.Kind!,
                cluster.Address,
                port,
                cluster.Shown.MasterUsername,
                cluster.Password,
                cluster.Shown.DatabaseName ?? "");
            cluster = cluster with { EngineId = begun.Id };
        }
        else if (cluster.Writer is null)
        {
            engines.Start(cluster.EngineId);
        }
        else
        {
            var address = places.Address($"{call.Region} {arn}");
            var follower = engines.Begin(arn, engine.Kind!, address, port, primary: engines.Find(cluster.EngineId));
            record = record with { Address = address, EngineId = follower.Id };
        }

        tables.Clusters.Put(cluster with { Writer = cluster.Writer ?? name });
        return record;
    }

    private static DBInstance Shown(Call call, CreateDBInstanceRequest request, DatabaseEngine engine, SubnetGroupRecord group)
    {
        var shown = request.CopyTo(new DBInstance());
        shown.DBInstanceIdentifier = request.DBInstanceIdentifier.ToLowerInvariant();
        shown.EngineVersion = engine.Version(request.EngineVersion);
        shown.InstanceCreateTime = call.Now.UtcDateTime;
        shown.DbiResourceId = "db-" + DatabaseTables.NewResource();
        shown.BackupRetentionPeriod ??= 1;
        shown.PreferredBackupWindow ??= "04:00-04:30";
        shown.PreferredMaintenanceWindow = shown.PreferredMaintenanceWindow?.ToLowerInvariant() ?? "sun:05:00-sun:05:30";
        shown.MultiAZ ??= false;
        shown.AutoMinorVersionUpgrade ??= true;
        shown.LicenseModel ??= engine.License;
        shown.PubliclyAccessible ??= false;
        shown.StorageType ??= shown.Iops is null ? "gp2" : "io1";
        shown.StorageEncrypted ??= false;
        shown.CACertificateIdentifier ??= "rds-ca-rsa2048-g1";
        shown.CopyTagsToSnapshot ??= false;
        shown.MonitoringInterval ??= 0;
        shown.IAMDatabaseAuthenticationEnabled = request.EnableIAMDatabaseAuthentication ?? false;
        shown.PerformanceInsightsEnabled = request.EnablePerformanceInsights ?? false;
        shown.DeletionProtection ??= false;
        shown.NetworkType ??= "IPV4";
        shown.BackupTarget ??= "region";
        shown.CustomerOwnedIpEnabled = false;
        shown.DedicatedLogVolume ??= false;
        shown.EngineLifecycleSupport ??= "open-source-rds-extended-support";
        shown.EnabledCloudwatchLogsExports = request.EnableCloudwatchLogsExports;
        shown.AvailabilityZone = string.IsNullOrEmpty(request.AvailabilityZone) ? group.Subnets.Values.First()
            : group.Subnets.ContainsValue(request.AvailabilityZone) ? request.AvailabilityZone
            : throw new CloudException(
                "InvalidVPCNetworkStateFault",
                $"The DB instance and the subnet group {group.Name} have no subnet in common in {request.AvailabilityZone}.");
        var family = engine.FamilyOf(shown.EngineVersion);
        shown.DBParameterGroups =
        [
            new DBParameterGroupStatus
            {
                DBParameterGroupName = request.DBParameterGroupName?.ToLowerInvariant() ?? "default." + family,
                ParameterApplyStatus = "in-sync",
            },
        ];
        shown.OptionGroupMemberships =
        [
            new OptionGroupMembership
            {
                OptionGroupName = request.OptionGroupName?.ToLowerInvariant()
                    ?? $"default:{engine.Name}-{engine.MajorOf(shown.EngineVersion).Replace('.', '-')}",
                Status = "in-sync",
            },
        ];
        return shown;
    }

    private DescribeDBInstancesResponse Describe(Call call, DescribeDBInstancesRequest request)
    {
        var all = string.IsNullOrEmpty(request.DBInstanceIdentifier)
            ? tables.Instances.All.Where(each => each.Region == call.Region)
            : [tables.Instance(call, request.DBInstanceIdentifier)];
        var (items, marker) = StorePages.Page(
            DatabaseFilters.Matching(all, request.Filters, (name, values) => name switch
            {
                "db-instance-id" => each => values.Exists(value => StoreNames.Of(value) == each.Name),
                "db-cluster-id" => each => values.Exists(value => StoreNames.Of(value) == each.Cluster),
                "dbi-resource-id" => each => values.Contains(each.Shown.DbiResourceId),
                "engine" => each => values.Contains(each.Shown.Engine),
                _ => null,
            }),
            each => each.Id,
            request.MaxRecords,
            request.Marker);
        return new DescribeDBInstancesResponse { DBInstances = items.ConvertAll(each => view.Of(call, each)), Marker = marker };
    }

    private DatabaseRecord Modify(Call call, ModifyDBInstanceRequest request)
    {
        var before = Ready(call, request.DBInstanceIdentifier);
        var engine = DatabaseEngine.Of(before.Shown.Engine);
        NoSecrets(request.ManageMasterUserPassword);
        CheckRetention(request.BackupRetentionPeriod);
        if (request.DBInstanceClass is { } size)
        {
            CheckClass(size);
        }

        if (request.AllocatedStorage < before.Shown.AllocatedStorage)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Invalid storage size for modify: the allocated storage of a DB instance cannot be decreased");
        }

        if (request.DBPortNumber is { } port && port != before.Port)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The local cloud's DB instances keep the port that they were made with.");
        }

        var shown = request.CopyTo(before.Shown.CopyTo(new DBInstance()));
        shown.DBInstanceIdentifier = before.Name;
        shown.EngineVersion = request.EngineVersion is { } version ? engine.Version(version) : before.Shown.EngineVersion;
        shown.Engine = before.Shown.Engine;
        shown.IAMDatabaseAuthenticationEnabled = request.EnableIAMDatabaseAuthentication ?? shown.IAMDatabaseAuthenticationEnabled;
        shown.PerformanceInsightsEnabled = request.EnablePerformanceInsights ?? shown.PerformanceInsightsEnabled;
        shown.EnabledCloudwatchLogsExports = Exports(shown.EnabledCloudwatchLogsExports, request.CloudwatchLogsExportConfiguration);
        if (request.VpcSecurityGroupIds is { Count: > 0 } groups)
        {
            var vpc = tables.SubnetGroups.FindOrDefault(call, before.SubnetGroup).VpcId;
            shown.VpcSecurityGroups = DatabaseView.Groups(places.Groups(call, vpc, groups));
        }

        if (request.DBParameterGroupName is { } parameters)
        {
            var name = tables.Parameters.Find(call, parameters).Name;
            shown.DBParameterGroups = [new DBParameterGroupStatus { DBParameterGroupName = name, ParameterApplyStatus = "in-sync" }];
        }

        if (request.OptionGroupName is { } options)
        {
            shown.OptionGroupMemberships =
                [new OptionGroupMembership { OptionGroupName = tables.Options.Find(call, options).Name, Status = "in-sync" }];
        }

        if (request.MasterUserPassword is { } password)
        {
            if (before.Cluster is not null)
            {
                throw new CloudException("InvalidParameterCombination", "Set the master user password for the DB Cluster.");
            }

            engines.SetPassword(before.EngineId, StoreNames.CheckPassword(password, LongestPassword));
        }

        var modified = before with
        {
            Shown = shown,
            State = StoreState.Modifying,
            Due = cloud.After(call.Now, cloud.Delays.Stopped),
        };
        if (request.NewDBInstanceIdentifier is { } renamed)
        {
            modified = Rename(call, modified, StoreNames.Check("NewDBInstanceIdentifier", renamed, LongestName));
        }

        tables.Instances.Put(modified);
        return modified;
    }

    private DatabaseRecord Rename(Call call, DatabaseRecord record, string name)
    {
        if (name == record.Name)
        {
            return record;
        }

        if (record.Cluster is not null || tables.Instances.Find(DatabaseTables.IdOf(call.Region, name)) is not null)
        {
            throw record.Cluster is null ? new CloudException("DBInstanceAlreadyExists", "DB instance already exists")
                : new CloudException("InvalidParameterCombination", "The local cloud renames no member of a DB cluster.");
        }

        record.Shown.DBInstanceIdentifier = name;
        var arn = StoreNames.Arn(call, DatabaseService.Name, "db", name);
        var tags = tables.Tags.Of(record.Arn);
        tables.Tags.Forget(record.Arn);
        tables.Tags.Add(arn, tags.Select(each => ((string?)each.Key, (string?)each.Value)));
        tables.Instances.Remove(record.Id);
        return record with { Id = DatabaseTables.IdOf(call.Region, name), Arn = arn };
    }

    private DatabaseRecord Delete(Call call, DeleteDBInstanceRequest request)
    {
        var before = tables.Instance(call, request.DBInstanceIdentifier);
        if (before.State == StoreState.Deleting)
        {
            throw new CloudException("InvalidDBInstanceState", $"Instance {before.Name} is already being deleted.");
        }

        if (before.Shown.DeletionProtection == true)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Cannot delete protected DB Instance, please disable deletion protection and try again.");
        }

        if (before.Cluster is null)
        {
            FinalSnapshot(call, before, request.SkipFinalSnapshot, request.FinalDBSnapshotIdentifier);
        }
        else if (tables.Clusters.Find(DatabaseTables.IdOf(call.Region, before.Cluster)) is { } cluster)
        {
            before = Leave(cluster, before);
        }

        engines.Remove(before.EngineId);
        engines.Forget(before.Arn);
        var deleting = before with { State = StoreState.Deleting, Due = cloud.After(call.Now, cloud.Delays.Terminated) };
        tables.Instances.Put(deleting);
        return deleting;
    }

    /// <summary>The writer's server is the cluster's and stays: a reader becomes the writer, and its own server goes.</summary>
    private DatabaseRecord Leave(DatabaseClusterRecord cluster, DatabaseRecord leaving)
    {
        if (cluster.Writer != leaving.Name)
        {
            return leaving;
        }

        var next = tables.Members(cluster)
            .Where(each => each.Name != leaving.Name && each.State != StoreState.Deleting)
            .MinBy(each => each.Shown.PromotionTier ?? 1);
        tables.Clusters.Put(cluster with { Writer = next?.Name });
        if (next is null)
        {
            engines.Stop(cluster.EngineId);
            return leaving;
        }

        tables.Instances.Put(next with { EngineId = null, Address = cluster.Address });
        return leaving with { EngineId = next.EngineId };
    }

    private void FinalSnapshot(Call call, DatabaseRecord record, bool? skips, string? given)
    {
        if (SnapshotActions.FinalName(skips, given) is not { } name)
        {
            return;
        }

        var id = DatabaseTables.IdOf(call.Region, name);
        if (tables.Snapshots.Find(id) is not null)
        {
            throw new CloudException(
                "DBSnapshotAlreadyExists",
                $"Cannot create the snapshot because a snapshot with the identifier {name} already exists.");
        }

        var shown = record.Shown;
        tables.Snapshots.Put(new DatabaseSnapshotRecord(id, call.Region, new DBSnapshot
        {
            DBSnapshotIdentifier = name,
            DBSnapshotArn = StoreNames.Arn(call, DatabaseService.Name, "snapshot", name),
            DBInstanceIdentifier = record.Name,
            DbiResourceId = shown.DbiResourceId,
            SnapshotCreateTime = call.Now.UtcDateTime,
            InstanceCreateTime = shown.InstanceCreateTime,
            Engine = shown.Engine,
            EngineVersion = shown.EngineVersion,
            AllocatedStorage = shown.AllocatedStorage,
            AvailabilityZone = shown.AvailabilityZone,
            LicenseModel = shown.LicenseModel,
            MasterUsername = shown.MasterUsername,
            Port = record.Port,
            SnapshotType = "manual",
            Status = "available",
            PercentProgress = 100,
            StorageType = shown.StorageType,
            Encrypted = shown.StorageEncrypted,
        }));
    }

    private DBInstance Turn(Call call, string name, string from, string to, Action<string?> turn)
    {
        var before = tables.Instance(call, name);
        if (before.State != from)
        {
            throw NotIn(before, from);
        }

        if (before.Cluster is not null && to != StoreState.Rebooting)
        {
            throw new CloudException("InvalidParameterCombination", "A member of a DB cluster stops and starts with the cluster.");
        }

        turn(before.EngineId ?? (before.Cluster is { } cluster ? tables.Cluster(call, cluster).EngineId : null));
        var turned = before with { State = to, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Instances.Put(turned);
        return view.Of(call, turned);
    }

    private DatabaseRecord Ready(Call call, string name) =>
        tables.Instance(call, name) is { State: StoreState.Available or StoreState.Failed or "stopped" } ready ? ready
            : throw NotIn(tables.Instance(call, name), StoreState.Available);

    private static CloudException NotIn(DatabaseRecord record, string state) =>
        new("InvalidDBInstanceState", $"Database instance {record.Name} is not in {state} state.");

    internal static void NoSecrets(bool? managed)
    {
        if (managed == true)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "ManageMasterUserPassword needs Secrets Manager, which the local cloud does not have. Give a MasterUserPassword.");
        }
    }

    internal static void CheckRetention(int? days)
    {
        if (days is < 0 or > LongestRetention)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Invalid backup retention period: {days}. Retention period must be between 0 and {LongestRetention}");
        }
    }

    internal static List<string>? Exports(List<string>? before, CloudwatchLogsExportConfiguration? change) => change is null ? before
        : [.. (before ?? []).Except(change.DisableLogTypes ?? []).Union(change.EnableLogTypes ?? [])];

    internal static string CheckDatabase(string name) =>
        name.Length <= LongestName && char.IsAsciiLetter(name[0]) && name.All(each => char.IsAsciiLetterOrDigit(each) || each == '_')
            ? name
            : throw new CloudException(
                "InvalidParameterValue",
                "DBName must begin with a letter and contain only alphanumeric characters.");

    private static void CheckClass(string size)
    {
        if (!size.StartsWith("db.", StringComparison.Ordinal))
        {
            throw new CloudException("InvalidParameterValue", $"Invalid DB Instance class: {size}");
        }
    }
}
