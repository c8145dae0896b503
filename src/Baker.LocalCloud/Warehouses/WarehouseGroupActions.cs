using Amazon.Redshift.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>What clusters stand on: groups of subnets and of parameters.</summary>
internal sealed class WarehouseGroupActions(WarehouseTables tables, WarehouseView view)
{
    private const string Families = "redshift-";

    public void Register(Router router)
    {
        RegisterSubnets(router);
        RegisterParameters(router);
    }

    private void RegisterSubnets(Router router)
    {
        router.Handle<CreateClusterSubnetGroupRequest, CreateClusterSubnetGroupResponse>(WarehouseService.Name, (call, request) => new()
        {
            ClusterSubnetGroup = view.Of(tables.SubnetGroups.Create(
                call,
                StoreNames.CheckGroup("ClusterSubnetGroupName", request.ClusterSubnetGroupName),
                StoreNames.CheckDescription("Description", request.Description),
                request.SubnetIds,
                WarehouseView.Read(request.Tags))),
        });
        router.Handle<ModifyClusterSubnetGroupRequest, ModifyClusterSubnetGroupResponse>(WarehouseService.Name, (call, request) => new()
        {
            ClusterSubnetGroup = view.Of(tables.SubnetGroups.Modify(
                call,
                request.ClusterSubnetGroupName,
                request.Description,
                request.SubnetIds)),
        });
        router.Handle<DeleteClusterSubnetGroupRequest, DeleteClusterSubnetGroupResponse>(WarehouseService.Name, (call, request) =>
        {
            tables.SubnetGroups.Delete(
                call,
                request.ClusterSubnetGroupName,
                tables.Clusters.All.Where(each => each.Region == call.Region).Select(each => each.SubnetGroup));
            return new DeleteClusterSubnetGroupResponse();
        });
        router.Handle<DescribeClusterSubnetGroupsRequest, DescribeClusterSubnetGroupsResponse>(WarehouseService.Name, (call, request) =>
        {
            var (items, marker) = tables.SubnetGroups.Page(call, request.ClusterSubnetGroupName, request.MaxRecords, request.Marker);
            return new DescribeClusterSubnetGroupsResponse { ClusterSubnetGroups = items.ConvertAll(view.Of), Marker = marker };
        });
    }

    private void RegisterParameters(Router router)
    {
        router.Handle<CreateClusterParameterGroupRequest, CreateClusterParameterGroupResponse>(
            WarehouseService.Name,
            (call, request) => new()
            {
                ClusterParameterGroup = view.Of(tables.Parameters.Create(
                    call,
                    StoreNames.CheckGroup("ParameterGroupName", request.ParameterGroupName),
                    request.ParameterGroupFamily.StartsWith(Families, StringComparison.Ordinal)
                        ? request.ParameterGroupFamily
                        : throw new CloudException(
                            "InvalidParameterValue",
                            $"ParameterGroupFamily {request.ParameterGroupFamily} is not a valid parameter group family"),
                    StoreNames.CheckDescription("Description", request.Description),
                    WarehouseView.Read(request.Tags))),
            });
        router.Handle<ModifyClusterParameterGroupRequest, ModifyClusterParameterGroupResponse>(
            WarehouseService.Name,
            (call, request) => new()
            {
                ParameterGroupName = tables.Parameters.Modify(call, request.ParameterGroupName, (request.Parameters ?? []).Select(each =>
                    ((string?)each.ParameterName, (string?)each.ParameterValue, each.ApplyType?.Value))),
                ParameterGroupStatus = "Your parameter group has been updated.",
            });
        router.Handle<ResetClusterParameterGroupRequest, ResetClusterParameterGroupResponse>(
            WarehouseService.Name,
            (call, request) => new()
            {
                ParameterGroupName = tables.Parameters.Reset(
                    call,
                    request.ParameterGroupName,
                    request.ResetAllParameters == true,
                    (request.Parameters ?? []).Select(each => each.ParameterName).OfType<string>()),
                ParameterGroupStatus = "Your parameter group has been updated.",
            });
        router.Handle<DeleteClusterParameterGroupRequest, DeleteClusterParameterGroupResponse>(WarehouseService.Name, (call, request) =>
        {
            tables.Parameters.Delete(
                call,
                request.ParameterGroupName,
                tables.Clusters.All.Where(each => each.Region == call.Region)
                    .SelectMany(each => each.Shown.ClusterParameterGroups)
                    .Select(each => each.ParameterGroupName));
            return new DeleteClusterParameterGroupResponse();
        });
        router.Handle<DescribeClusterParameterGroupsRequest, DescribeClusterParameterGroupsResponse>(
            WarehouseService.Name,
            (call, request) =>
            {
                var (items, marker) = tables.Parameters.Page(call, request.ParameterGroupName, request.MaxRecords, request.Marker);
                return new DescribeClusterParameterGroupsResponse { ParameterGroups = items.ConvertAll(view.Of), Marker = marker };
            });
        router.Handle<DescribeClusterParametersRequest, DescribeClusterParametersResponse>(WarehouseService.Name, (call, request) => new()
        {
            Parameters = request.Source is null or "" or "user"
                ?
                [
                    .. tables.Parameters.Find(call, request.ParameterGroupName).Values.Select(each => new Parameter
                    {
                        ParameterName = each.Key,
                        ParameterValue = each.Value.Value,
                        ApplyType = each.Value.Method ?? "static",
                        Source = "user",
                        DataType = "string",
                        IsModifiable = true,
                    }),
                ]
                : [],
        });
    }
}
