using Amazon.Redshift.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>Clusters of Redshift: PostgreSQL answers for them.</summary>
internal sealed class WarehouseActions(
    CloudContext cloud,
    WarehouseTables tables,
    WarehouseView view,
    StorePlaces places,
    EngineRuns engines)
{
    private const int LongestName = 63;
    private const int LongestPassword = 64;
    private const int UsualPort = 5439;
    private const int LeastPort = 1115;
    private const int MostNodes = 128;
    private const string Single = "single-node";
    private const string Multi = "multi-node";

    public void Register(Router router)
    {
        router.Handle<CreateClusterRequest, CreateClusterResponse>(WarehouseService.Name, (call, request) =>
            new() { Cluster = view.Of(Create(call, request)) });
        router.Handle<DescribeClustersRequest, DescribeClustersResponse>(WarehouseService.Name, Describe);
        router.Handle<ModifyClusterRequest, ModifyClusterResponse>(WarehouseService.Name, (call, request) =>
            new() { Cluster = view.Of(Modify(call, request)) });
        router.Handle<DeleteClusterRequest, DeleteClusterResponse>(WarehouseService.Name, (call, request) =>
            new() { Cluster = view.Of(Delete(call, request)) });
        router.Handle<RebootClusterRequest, RebootClusterResponse>(WarehouseService.Name, (call, request) =>
            new()
            {
                Cluster = view.Of(Turn(call, request.ClusterIdentifier, StoreState.Available, StoreState.Rebooting, engines.Restart)),
            });
        router.Handle<PauseClusterRequest, PauseClusterResponse>(WarehouseService.Name, (call, request) =>
            new() { Cluster = view.Of(Turn(call, request.ClusterIdentifier, StoreState.Available, "pausing", engines.Stop)) });
        router.Handle<ResumeClusterRequest, ResumeClusterResponse>(WarehouseService.Name, (call, request) =>
            new() { Cluster = view.Of(Turn(call, request.ClusterIdentifier, "paused", "resuming", engines.Start)) });
        router.Handle<DescribeLoggingStatusRequest, DescribeLoggingStatusResponse>(WarehouseService.Name, (call, request) =>
        {
            tables.Cluster(call, request.ClusterIdentifier);
            return new DescribeLoggingStatusResponse { LoggingEnabled = false };
        });
    }

    private WarehouseRecord Create(Call call, CreateClusterRequest request)
    {
        var name = StoreNames.Check("ClusterIdentifier", request.ClusterIdentifier, LongestName);
        if (tables.Clusters.Find(WarehouseTables.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException("ClusterAlreadyExists", "Cluster already exists");
        }

        if (request.ManageMasterPassword == true)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "ManageMasterPassword needs Secrets Manager, which the local cloud does not have. Give a MasterUserPassword.");
        }

        var user = StoreNames.CheckUser(request.MasterUsername, LongestName, "user", "public", "postgres");
        var password = CheckPassword(request.MasterUserPassword);
        var group = tables.SubnetGroups.FindOrDefault(call, request.ClusterSubnetGroupName);
        var arn = StoreNames.Arn(call, WarehouseService.Name, "cluster", name);
        var shown = request.CopyTo(new Cluster());
        shown.ClusterIdentifier = name;
        shown.DBName = string.IsNullOrEmpty(request.DBName) ? "dev" : CheckDatabase(request.DBName);
        shown.ClusterCreateTime = call.Now.UtcDateTime;
        shown.AutomatedSnapshotRetentionPeriod ??= 1;
        shown.ManualSnapshotRetentionPeriod ??= -1;
        shown.PreferredMaintenanceWindow = shown.PreferredMaintenanceWindow?.ToLowerInvariant() ?? "sun:05:00-sun:05:30";
        shown.ClusterVersion ??= "1.0";
        shown.AllowVersionUpgrade ??= true;
        shown.NumberOfNodes = CheckNodes(request.ClusterType, request.NumberOfNodes);
        shown.PubliclyAccessible ??= false;
        shown.Encrypted ??= false;
        shown.EnhancedVpcRouting ??= false;
        shown.MaintenanceTrackName ??= "current";
        shown.AvailabilityZoneRelocationStatus = request.AvailabilityZoneRelocation == true ? "enabled" : "disabled";
        shown.AquaConfiguration = new AquaConfiguration { AquaStatus = "disabled", AquaConfigurationStatus = "auto" };
        shown.MultiAZ = request.MultiAZ == true ? "Enabled" : "Disabled";
        shown.ClusterNamespaceArn = StoreNames.Arn(call, WarehouseService.Name, "namespace", Guid.NewGuid().ToString());
        shown.ClusterRevisionNumber = "1";
        shown.IpAddressType ??= "ipv4";
        shown.AvailabilityZone = string.IsNullOrEmpty(request.AvailabilityZone) ? group.Subnets.Values.First()
            : group.Subnets.ContainsValue(request.AvailabilityZone) ? request.AvailabilityZone
            : throw new CloudException(
                "InvalidVPCNetworkStateFault",
                $"The cluster subnet group {group.Name} has no subnet in {request.AvailabilityZone}.");
        shown.IamRoles = [.. (request.IamRoles ?? []).Select(each => new ClusterIamRole { IamRoleArn = each, ApplyStatus = "in-sync" })];
        shown.ClusterParameterGroups = WarehouseView.Parameters(string.IsNullOrEmpty(request.ClusterParameterGroupName)
            ? "default.redshift-2.0"
            : tables.Parameters.Find(call, request.ClusterParameterGroupName).Name);
        shown.VpcSecurityGroups = WarehouseView.Groups(places.Groups(call, group.VpcId, request.VpcSecurityGroupIds));
        shown.Tags = null;
        var (address, port) = (places.Address($"{call.Region} {arn}"), StoreNames.CheckPort(request.Port, UsualPort, LeastPort));
        tables.Tags.Add(arn, WarehouseView.Read(request.Tags));
        var record = new WarehouseRecord
        {
            Id = WarehouseTables.IdOf(call.Region, name),
            Region = call.Region,
            Arn = arn,
            Shown = shown,
            State = StoreState.Creating,
            Due = cloud.After(call.Now, cloud.Delays.Running),
            SubnetGroup = group.Name,
            EngineId = engines.TryBegin(arn, EngineKind.Postgres, "redshift", address, port, user, password, shown.DBName),
            Address = address,
            Port = port,
        };
        tables.Clusters.Put(record);
        return record;
    }

    private DescribeClustersResponse Describe(Call call, DescribeClustersRequest request)
    {
        var all = string.IsNullOrEmpty(request.ClusterIdentifier)
            ? tables.Clusters.All.Where(each => each.Region == call.Region)
            : [tables.Cluster(call, request.ClusterIdentifier)];
        var (items, marker) = StorePages.Page(
            all.Where(each => WarehouseTagActions.Has(tables.Tags.Of(each.Arn), request.TagKeys, request.TagValues)),
            each => each.Id,
            request.MaxRecords,
            request.Marker);
        return new DescribeClustersResponse { Clusters = items.ConvertAll(view.Of), Marker = marker };
    }

    private WarehouseRecord Modify(Call call, ModifyClusterRequest request)
    {
        var before = InState(tables.Cluster(call, request.ClusterIdentifier), StoreState.Available);
        if (request.NewClusterIdentifier is not null || (request.Port is { } port && port != before.Port))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The local cloud's clusters keep the name and the port that they were made with.");
        }

        var shown = request.CopyTo(before.Shown.CopyTo(new Cluster()));
        shown.ClusterIdentifier = before.Name;
        if (request.ClusterType is not null || request.NumberOfNodes is not null)
        {
            shown.NumberOfNodes = CheckNodes(request.ClusterType ?? (request.NumberOfNodes > 1 ? Multi : Single), request.NumberOfNodes);
        }

        shown.AvailabilityZoneRelocationStatus = request.AvailabilityZoneRelocation switch
        {
            null => shown.AvailabilityZoneRelocationStatus,
            true => "enabled",
            false => "disabled",
        };
        shown.MultiAZ = request.MultiAZ switch
        {
            null => shown.MultiAZ,
            true => "Enabled",
            false => "Disabled",
        };
        if (!string.IsNullOrEmpty(request.ClusterParameterGroupName))
        {
            shown.ClusterParameterGroups = WarehouseView.Parameters(tables.Parameters.Find(call, request.ClusterParameterGroupName).Name);
        }

        if (request.VpcSecurityGroupIds is { Count: > 0 } groups)
        {
            var vpc = tables.SubnetGroups.FindOf(call.Region, before.SubnetGroup)!.VpcId;
            shown.VpcSecurityGroups = WarehouseView.Groups(places.Groups(call, vpc, groups));
        }

        if (request.MasterUserPassword is { } password)
        {
            engines.SetPassword(before.EngineId, CheckPassword(password));
        }

        var modified = before with { Shown = shown, State = StoreState.Modifying, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Clusters.Put(modified);
        return modified;
    }

    private WarehouseRecord Delete(Call call, DeleteClusterRequest request)
    {
        var before = tables.Cluster(call, request.ClusterIdentifier);
        if (before.State == StoreState.Deleting)
        {
            throw new CloudException("InvalidClusterState", $"Cluster {before.Name} is already being deleted.");
        }

        if (request.SkipFinalClusterSnapshot == !string.IsNullOrEmpty(request.FinalClusterSnapshotIdentifier)
            || (request.SkipFinalClusterSnapshot != true && string.IsNullOrEmpty(request.FinalClusterSnapshotIdentifier)))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified, and only then allowed.");
        }

        if (!string.IsNullOrEmpty(request.FinalClusterSnapshotIdentifier))
        {
            throw new CloudException("UnsupportedOperation", "The local cloud keeps no snapshots of clusters: skip the final one.");
        }

        engines.Remove(before.EngineId);
        engines.Forget(before.Arn);
        var deleting = before with { State = StoreState.Deleting, Due = cloud.After(call.Now, cloud.Delays.Terminated) };
        tables.Clusters.Put(deleting);
        return deleting;
    }

    private WarehouseRecord Turn(Call call, string name, string from, string to, Action<string?> turn)
    {
        var before = InState(tables.Cluster(call, name), from);
        turn(before.EngineId);
        var turned = before with { State = to, Due = cloud.After(call.Now, cloud.Delays.Stopped) };
        tables.Clusters.Put(turned);
        return turned;
    }

    private static WarehouseRecord InState(WarehouseRecord cluster, string state) => cluster.State == state ? cluster
        : throw new CloudException("InvalidClusterState", $"Cluster {cluster.Name} is {cluster.State}, and not {state}.");

    private static int CheckNodes(string? type, int? nodes)
    {
        var wanted = nodes ?? 1;
        return type is not (null or Single or Multi) ? throw new CloudException("InvalidParameterValue", $"Invalid cluster type: {type}")
            : wanted is < 1 or > MostNodes ? throw new CloudException("InvalidParameterValue", $"NumberOfNodes is from 1 to {MostNodes}.")
            : type == Single && wanted > 1 ? throw new CloudException(
                "InvalidParameterCombination",
                "Number of nodes for cluster type single-node must be 1.")
            : type == Multi && wanted == 1 ? throw new CloudException(
                "InvalidParameterCombination",
                "Number of nodes for cluster type multi-node must be greater than or equal to 2.")
            : wanted;
    }

    private static string CheckPassword(string? given)
    {
        var password = StoreNames.CheckPassword(given, LongestPassword);
        return password.Any(char.IsAsciiLetterUpper) && password.Any(char.IsAsciiLetterLower) && password.Any(char.IsAsciiDigit)
            ? password
            : throw new CloudException(
                "InvalidParameterValue",
                "The parameter MasterUserPassword must contain at least one upper case letter, one lower case letter and one digit.");
    }

    private static string CheckDatabase(string name) =>
        name.Length <= LongestPassword && name.All(each => char.IsAsciiLetterLower(each) || char.IsAsciiDigit(each) || each is '_' or '$')
            ? name
            : throw new CloudException("InvalidParameterValue", $"The parameter DBName is not valid: {name}");
}
