using System.Collections.Immutable;
using Amazon.Redshift.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>Tags of everything that Redshift has.</summary>
internal sealed class WarehouseTagActions(WarehouseTables tables)
{
    public void Register(Router router)
    {
        router.Handle<CreateTagsRequest, CreateTagsResponse>(WarehouseService.Name, (call, request) =>
        {
            tables.Tags.Add(tables.Known(call, request.ResourceName), WarehouseView.Read(request.Tags));
            return new CreateTagsResponse();
        });
        router.Handle<DeleteTagsRequest, DeleteTagsResponse>(WarehouseService.Name, (call, request) =>
        {
            tables.Tags.Take(tables.Known(call, request.ResourceName), request.TagKeys ?? []);
            return new DeleteTagsResponse();
        });
        router.Handle<DescribeTagsRequest, DescribeTagsResponse>(WarehouseService.Name, Describe);
    }

    /// <summary>Whether one of the tags has a key, and one a value, of those that are asked for.</summary>
    public static bool Has(ImmutableSortedDictionary<string, string> tags, List<string>? keys, List<string>? values) =>
        (keys is not { Count: > 0 } || tags.Keys.Any(keys.Contains))
        && (values is not { Count: > 0 } || tags.Values.Any(values.Contains));

    private DescribeTagsResponse Describe(Call call, DescribeTagsRequest request)
    {
        var arns = string.IsNullOrEmpty(request.ResourceName)
            ? tables.Clusters.All.Where(each => each.Region == call.Region).Select(each => each.Arn)
                .Concat(tables.SubnetGroups.In(call.Region).Select(each => each.Arn))
                .Concat(tables.Parameters.In(call.Region).Select(each => each.Arn))
            : [tables.Known(call, request.ResourceName)];
        var all = arns.SelectMany(arn => tables.Tags.Of(arn)
            .Where(each => request.TagKeys is not { Count: > 0 } keys || keys.Contains(each.Key))
            .Where(each => request.TagValues is not { Count: > 0 } values || values.Contains(each.Value))
            .Select(each => new TaggedResource
            {
                ResourceName = arn,
                ResourceType = arn.Split(':')[5],
                Tag = new Tag { Key = each.Key, Value = each.Value },
            }))
            .Where(each => string.IsNullOrEmpty(request.ResourceType) || each.ResourceType == request.ResourceType);
        var (items, marker) = StorePages.Page(all, each => $"{each.ResourceName} {each.Tag.Key}", request.MaxRecords, request.Marker);
        return new DescribeTagsResponse { TaggedResources = items, Marker = marker };
    }
}
