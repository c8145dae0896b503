using Amazon.RDS.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>What DB instances stand on: groups of subnets, of parameters and of options, and the versions of engines.</summary>
internal sealed class GroupActions(DatabaseTables tables)
{
    public void Register(Router router)
    {
        RegisterSubnets(router);
        RegisterParameters(router);
        RegisterClusterParameters(router);
        RegisterOptions(router);
        router.Handle<DescribeDBEngineVersionsRequest, DescribeDBEngineVersionsResponse>(DatabaseService.Name, DescribeVersions);
    }

    private void RegisterSubnets(Router router)
    {
        router.Handle<CreateDBSubnetGroupRequest, CreateDBSubnetGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBSubnetGroup = DatabaseView.Of(tables.SubnetGroups.Create(
                call,
                StoreNames.CheckGroup("DBSubnetGroupName", request.DBSubnetGroupName),
                StoreNames.CheckDescription("DBSubnetGroupDescription", request.DBSubnetGroupDescription),
                request.SubnetIds,
                DatabaseView.Read(request.Tags))),
        });
        router.Handle<ModifyDBSubnetGroupRequest, ModifyDBSubnetGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBSubnetGroup = DatabaseView.Of(tables.SubnetGroups.Modify(
                call,
                request.DBSubnetGroupName,
                request.DBSubnetGroupDescription,
                request.SubnetIds)),
        });
        router.Handle<DeleteDBSubnetGroupRequest, DeleteDBSubnetGroupResponse>(DatabaseService.Name, (call, request) =>
        {
            tables.SubnetGroups.Delete(
                call,
                request.DBSubnetGroupName,
                tables.Instances.All.Where(each => each.Region == call.Region).Select(each => each.SubnetGroup)
                    .Concat(tables.Clusters.All.Where(each => each.Region == call.Region).Select(each => each.SubnetGroup)));
            return new DeleteDBSubnetGroupResponse();
        });
        router.Handle<DescribeDBSubnetGroupsRequest, DescribeDBSubnetGroupsResponse>(DatabaseService.Name, (call, request) =>
        {
            var (items, marker) = tables.SubnetGroups.Page(call, request.DBSubnetGroupName, request.MaxRecords, request.Marker);
            return new DescribeDBSubnetGroupsResponse { DBSubnetGroups = items.ConvertAll(DatabaseView.Of), Marker = marker };
        });
    }

    private void RegisterParameters(Router router)
    {
        router.Handle<CreateDBParameterGroupRequest, CreateDBParameterGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBParameterGroup = Instances(tables.Parameters.Create(
                call,
                StoreNames.CheckGroup("DBParameterGroupName", request.DBParameterGroupName),
                CheckFamily(request.DBParameterGroupFamily),
                StoreNames.CheckDescription("Description", request.Description),
                DatabaseView.Read(request.Tags))),
        });
        router.Handle<ModifyDBParameterGroupRequest, ModifyDBParameterGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBParameterGroupName = tables.Parameters.Modify(call, request.DBParameterGroupName, Values(request.Parameters)),
        });
        router.Handle<ResetDBParameterGroupRequest, ResetDBParameterGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            DBParameterGroupName = tables.Parameters.Reset(
                call,
                request.DBParameterGroupName,
                request.ResetAllParameters == true,
                Names(request.Parameters)),
        });
        router.Handle<DeleteDBParameterGroupRequest, DeleteDBParameterGroupResponse>(DatabaseService.Name, (call, request) =>
        {
            tables.Parameters.Delete(
                call,
                request.DBParameterGroupName,
                tables.Instances.All.Where(each => each.Region == call.Region)
                    .SelectMany(each => each.Shown.DBParameterGroups)
                    .Select(each => each.DBParameterGroupName));
            return new DeleteDBParameterGroupResponse();
        });
        router.Handle<DescribeDBParameterGroupsRequest, DescribeDBParameterGroupsResponse>(DatabaseService.Name, (call, request) =>
        {
            var (items, marker) = tables.Parameters.Page(call, request.DBParameterGroupName, request.MaxRecords, request.Marker);
            return new DescribeDBParameterGroupsResponse { DBParameterGroups = items.ConvertAll(Instances), Marker = marker };
        });
        router.Handle<DescribeDBParametersRequest, DescribeDBParametersResponse>(DatabaseService.Name, (call, request) => new()
        {
            Parameters = Parameters(tables.Parameters.Find(call, request.DBParameterGroupName), request.Source),
        });
    }

    private void RegisterClusterParameters(Router router)
    {
        router.Handle<CreateDBClusterParameterGroupRequest, CreateDBClusterParameterGroupResponse>(
            DatabaseService.Name,
            (call, request) => new()
            {
                DBClusterParameterGroup = Clusters(tables.ClusterParameters.Create(
                    call,
                    StoreNames.CheckGroup("DBClusterParameterGroupName", request.DBClusterParameterGroupName),
                    CheckFamily(request.DBParameterGroupFamily),
                    StoreNames.CheckDescription("Description", request.Description),
                    DatabaseView.Read(request.Tags))),
            });
        router.Handle<ModifyDBClusterParameterGroupRequest, ModifyDBClusterParameterGroupResponse>(
            DatabaseService.Name,
            (call, request) => new()
            {
                DBClusterParameterGroupName =
                    tables.ClusterParameters.Modify(call, request.DBClusterParameterGroupName, Values(request.Parameters)),
            });
        router.Handle<ResetDBClusterParameterGroupRequest, ResetDBClusterParameterGroupResponse>(
            DatabaseService.Name,
            (call, request) => new()
            {
                DBClusterParameterGroupName = tables.ClusterParameters.Reset(
                    call,
                    request.DBClusterParameterGroupName,
                    request.ResetAllParameters == true,
                    Names(request.Parameters)),
            });
        router.Handle<DeleteDBClusterParameterGroupRequest, DeleteDBClusterParameterGroupResponse>(DatabaseService.Name, (call, request) =>
        {
            tables.ClusterParameters.Delete(
                call,
                request.DBClusterParameterGroupName,
                tables.Clusters.All.Where(each => each.Region == call.Region).Select(each => each.Shown.DBClusterParameterGroup));
            return new DeleteDBClusterParameterGroupResponse();
        });
        router.Handle<DescribeDBClusterParameterGroupsRequest, DescribeDBClusterParameterGroupsResponse>(
            DatabaseService.Name,
            (call, request) =>
            {
                var (items, marker) = tables.ClusterParameters.Page(
                    call,
                    request.DBClusterParameterGroupName,
                    request.MaxRecords,
                    request.Marker);
                return new DescribeDBClusterParameterGroupsResponse
                {
                    DBClusterParameterGroups = items.ConvertAll(Clusters),
                    Marker = marker,
                };
            });
        router.Handle<DescribeDBClusterParametersRequest, DescribeDBClusterParametersResponse>(DatabaseService.Name, (call, request) =>
            new() { Parameters = Parameters(tables.ClusterParameters.Find(call, request.DBClusterParameterGroupName), request.Source) });
    }

    private void RegisterOptions(Router router)
    {
        router.Handle<CreateOptionGroupRequest, CreateOptionGroupResponse>(DatabaseService.Name, (call, request) => new()
        {
            OptionGroup = Options(tables.Options.Create(
                call,
                StoreNames.CheckGroup("OptionGroupName", request.OptionGroupName),
                $"{DatabaseEngine.Of(request.EngineName).Name} {request.MajorEngineVersion}",
                StoreNames.CheckDescription("OptionGroupDescription", request.OptionGroupDescription),
                DatabaseView.Read(request.Tags))),
        });
        router.Handle<ModifyOptionGroupRequest, ModifyOptionGroupResponse>(DatabaseService.Name, (call, request) =>
        {
            foreach (var option in request.OptionsToRemove ?? [])
            {
                tables.Options.Reset(call, request.OptionGroupName, all: false, [option]);
            }

            if (request.OptionsToInclude is { Count: > 0 } included)
            {
                throw new CloudException(
                    "InvalidParameterCombination",
                    $"The local cloud's engines have no options: {string.Join(", ", included.Select(each => each.OptionName))}");
            }

            return new ModifyOptionGroupResponse { OptionGroup = Options(tables.Options.Find(call, request.OptionGroupName)) };
        });
        router.Handle<DeleteOptionGroupRequest, DeleteOptionGroupResponse>(DatabaseService.Name, (call, request) =>
        {
            tables.Options.Delete(
                call,
                request.OptionGroupName,
                tables.Instances.All.Where(each => each.Region == call.Region)
                    .SelectMany(each => each.Shown.OptionGroupMemberships)
                    .Select(each => each.OptionGroupName));
            return new DeleteOptionGroupResponse();
        });
        router.Handle<DescribeOptionGroupsRequest, DescribeOptionGroupsResponse>(DatabaseService.Name, (call, request) =>
        {
            var (items, marker) = tables.Options.Page(call, request.OptionGroupName, request.MaxRecords, request.Marker);
            return new DescribeOptionGroupsResponse { OptionGroupsList = items.ConvertAll(Options), Marker = marker };
        });
    }

    private DescribeDBEngineVersionsResponse DescribeVersions(Call call, DescribeDBEngineVersionsRequest request)
    {
        var (items, marker) = EngineVersions.Page(
            DatabaseEngine.All,
            new(request.Engine, request.EngineVersion, request.DBParameterGroupFamily, request.DefaultOnly == true),
            request.MaxRecords,
            request.Marker);
        return new DescribeDBEngineVersionsResponse
        {
            Marker = marker,
            DBEngineVersions = items.ConvertAll(each => new DBEngineVersion
            {
                Engine = each.Engine.Name,
                EngineVersion = each.Version,
                MajorEngineVersion = each.Engine.MajorOf(each.Version),
                DBParameterGroupFamily = each.Engine.FamilyOf(each.Version),
                DBEngineDescription = each.Engine.Name,
                DBEngineVersionDescription = $"{each.Engine.Name} {each.Version}",
                Status = "available",
                SupportedEngineModes = ["provisioned"],
                SupportsReadReplica = false,
            }),
        };
    }

    private static string CheckFamily(string family) =>
        DatabaseEngine.All.Any(engine => family.StartsWith(engine.Name, StringComparison.Ordinal)) ? family
            : throw new CloudException("InvalidParameterValue", $"ParameterGroupFamily {family} is not a valid parameter group family");

    private static DBParameterGroup Instances(ParameterGroupRecord group) => new()
    {
        DBParameterGroupName = group.Name,
        DBParameterGroupFamily = group.Family,
        Description = group.Description,
        DBParameterGroupArn = group.Arn,
    };

    private static DBClusterParameterGroup Clusters(ParameterGroupRecord group) => new()
    {
        DBClusterParameterGroupName = group.Name,
        DBParameterGroupFamily = group.Family,
        Description = group.Description,
        DBClusterParameterGroupArn = group.Arn,
    };

    /// <summary>Those that RDS makes are called <c>default:postgres-17</c>.</summary>
    private static OptionGroup Options(ParameterGroupRecord group)
    {
        var at = group.Family.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var space ? space
            : group.Family.IndexOf('-', StringComparison.Ordinal);
        return new OptionGroup
        {
            OptionGroupName = group.Name,
            OptionGroupDescription = group.Description,
            OptionGroupArn = group.Arn,
            EngineName = at < 0 ? group.Family : group.Family[..at],
            MajorEngineVersion = at < 0 ? "" : group.Family[(at + 1)..].Replace('-', '.'),
            Options = [],
            AllowsVpcAndNonVpcInstanceMemberships = true,
        };
    }

    private static List<Parameter> Parameters(ParameterGroupRecord group, string? source) => source is null or "" or "user"
        ?
        [
            .. group.Values.Select(each => new Parameter
            {
                ParameterName = each.Key,
                ParameterValue = each.Value.Value,
                ApplyMethod = each.Value.Method ?? "pending-reboot",
                ApplyType = "dynamic",
                DataType = "string",
                IsModifiable = true,
                Source = "user",
            }),
        ]
        : [];

    private static IEnumerable<(string? Name, string? Value, string? Method)> Values(List<Parameter>? parameters) =>
        (parameters ?? []).Select(each => ((string?)each.ParameterName, (string?)each.ParameterValue, each.ApplyMethod?.Value));

    private static IEnumerable<string> Names(List<Parameter>? parameters) =>
        (parameters ?? []).Select(each => each.ParameterName).OfType<string>();
}
