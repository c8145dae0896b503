using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>What caches stand on: groups of subnets and of parameters, and the versions of engines.</summary>
internal sealed class CacheGroupActions(CacheTables tables)
{
    public void Register(Router router)
    {
        RegisterSubnets(router);
        RegisterParameters(router);
        router.Handle<DescribeCacheEngineVersionsRequest, DescribeCacheEngineVersionsResponse>(CacheService.Name, DescribeVersions);
    }

    private void RegisterSubnets(Router router)
    {
        router.Handle<CreateCacheSubnetGroupRequest, CreateCacheSubnetGroupResponse>(CacheService.Name, (call, request) => new()
        {
            CacheSubnetGroup = CacheView.Of(tables.SubnetGroups.Create(
                call,
                StoreNames.CheckGroup("CacheSubnetGroupName", request.CacheSubnetGroupName),
                StoreNames.CheckDescription("CacheSubnetGroupDescription", request.CacheSubnetGroupDescription),
                request.SubnetIds,
                CacheView.Read(request.Tags))),
        });
        router.Handle<ModifyCacheSubnetGroupRequest, ModifyCacheSubnetGroupResponse>(CacheService.Name, (call, request) => new()
        {
            CacheSubnetGroup = CacheView.Of(tables.SubnetGroups.Modify(
                call,
                request.CacheSubnetGroupName,
                request.CacheSubnetGroupDescription,
                request.SubnetIds)),
        });
        router.Handle<DeleteCacheSubnetGroupRequest, DeleteCacheSubnetGroupResponse>(CacheService.Name, (call, request) =>
        {
            tables.SubnetGroups.Delete(
                call,
                request.CacheSubnetGroupName,
                tables.Clusters.All.Where(each => each.Region == call.Region).Select(each => each.SubnetGroup));
            return new DeleteCacheSubnetGroupResponse();
        });
        router.Handle<DescribeCacheSubnetGroupsRequest, DescribeCacheSubnetGroupsResponse>(CacheService.Name, (call, request) =>
        {
            var (items, marker) = tables.SubnetGroups.Page(call, request.CacheSubnetGroupName, request.MaxRecords, request.Marker);
            return new DescribeCacheSubnetGroupsResponse { CacheSubnetGroups = items.ConvertAll(CacheView.Of), Marker = marker };
        });
    }

    private void RegisterParameters(Router router)
    {
        router.Handle<CreateCacheParameterGroupRequest, CreateCacheParameterGroupResponse>(CacheService.Name, (call, request) => new()
        {
            CacheParameterGroup = Of(tables.Parameters.Create(
                call,
                StoreNames.CheckGroup("CacheParameterGroupName", request.CacheParameterGroupName),
                CheckFamily(request.CacheParameterGroupFamily),
                StoreNames.CheckDescription("Description", request.Description),
                CacheView.Read(request.Tags))),
        });
        router.Handle<ModifyCacheParameterGroupRequest, ModifyCacheParameterGroupResponse>(CacheService.Name, (call, request) => new()
        {
            CacheParameterGroupName = tables.Parameters.Modify(
                call,
                request.CacheParameterGroupName,
                (request.ParameterNameValues ?? []).Select(each =>
                    ((string?)each.ParameterName, (string?)each.ParameterValue, (string?)null))),
        });
        router.Handle<ResetCacheParameterGroupRequest, ResetCacheParameterGroupResponse>(CacheService.Name, (call, request) => new()
        {
            CacheParameterGroupName = tables.Parameters.Reset(
                call,
                request.CacheParameterGroupName,
                request.ResetAllParameters == true,
                (request.ParameterNameValues ?? []).Select(each => each.ParameterName).OfType<string>()),
        });
        router.Handle<DeleteCacheParameterGroupRequest, DeleteCacheParameterGroupResponse>(CacheService.Name, (call, request) =>
        {
            tables.Parameters.Delete(
                call,
                request.CacheParameterGroupName,
                tables.Clusters.All.Where(each => each.Region == call.Region)
                    .Select(each => each.Shown.CacheParameterGroup.CacheParameterGroupName));
            return new DeleteCacheParameterGroupResponse();
        });
        router.Handle<DescribeCacheParameterGroupsRequest, DescribeCacheParameterGroupsResponse>(CacheService.Name, (call, request) =>
        {
            var (items, marker) = tables.Parameters.Page(call, request.CacheParameterGroupName, request.MaxRecords, request.Marker);
            return new DescribeCacheParameterGroupsResponse { CacheParameterGroups = items.ConvertAll(Of), Marker = marker };
        });
        router.Handle<DescribeCacheParametersRequest, DescribeCacheParametersResponse>(CacheService.Name, (call, request) => new()
        {
            Parameters = request.Source is null or "" or "user"
                ?
                [
                    .. tables.Parameters.Find(call, request.CacheParameterGroupName).Values.Select(each => new Parameter
                    {
                        ParameterName = each.Key,
                        ParameterValue = each.Value.Value,
                        Source = "user",
                        DataType = "string",
                        IsModifiable = true,
                        ChangeType = "immediate",
                    }),
                ]
                : [],
            CacheNodeTypeSpecificParameters = [],
        });
    }

    private static DescribeCacheEngineVersionsResponse DescribeVersions(Call call, DescribeCacheEngineVersionsRequest request)
    {
        var (items, marker) = EngineVersions.Page(
            CacheEngine.All,
            new(request.Engine, request.EngineVersion, request.CacheParameterGroupFamily, request.DefaultOnly == true),
            request.MaxRecords,
            request.Marker);
        return new DescribeCacheEngineVersionsResponse
        {
            Marker = marker,
            CacheEngineVersions = items.ConvertAll(each => new CacheEngineVersion
            {
                Engine = each.Engine.Name,
                EngineVersion = each.Version,
                CacheParameterGroupFamily = each.Engine.FamilyOf(each.Version),
                CacheEngineDescription = each.Engine.Name,
                CacheEngineVersionDescription = $"{each.Engine.Name} version {each.Version}",
            }),
        };
    }

    private static string CheckFamily(string family) =>
        CacheEngine.All.Any(engine => family.StartsWith(engine.Name, StringComparison.Ordinal)) ? family
            : throw new CloudException(
                "InvalidParameterValue",
                $"CacheParameterGroupFamily {family} is not a valid parameter group family.");

    private static CacheParameterGroup Of(ParameterGroupRecord group) => new()
    {
        CacheParameterGroupName = group.Name,
        CacheParameterGroupFamily = group.Family,
        Description = group.Description,
        IsGlobal = false,
        ARN = group.Arn,
    };
}
