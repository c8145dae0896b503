using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Tagging;

internal sealed class TagActions(CloudContext cloud, TagRegistry registry)
{
    private static readonly Filters<Entry> s_filters = new Filters<Entry>()
        .Add("key", e => e.Key)
        .Add("value", e => e.Value)
        .Add("resource-id", e => e.ResourceId)
        .Add("resource-type", e => e.ResourceType)
        .AddTags(e => new Dictionary<string, string>(StringComparer.Ordinal) { [e.Key] = e.Value });

    public void Register(Router router)
    {
        router.Handle<CreateTagsRequest, CreateTagsResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteTagsRequest, DeleteTagsResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeTagsRequest, DescribeTagsResponse>(ServiceNames.Compute, Describe);
    }

    private CreateTagsResponse Create(Call call, CreateTagsRequest request)
    {
        var tags = TagText.Check(request.Tags ?? []);
        var found = Find(call, request.Resources, request.DryRun);
        foreach (var (kind, resource) in found)
        {
            kind.SetTags(resource.Id, TagText.Add(resource.Tags, tags));
        }

        return new CreateTagsResponse();
    }

    private DeleteTagsResponse Delete(Call call, DeleteTagsRequest request)
    {
        foreach (var (kind, resource) in Find(call, request.Resources, request.DryRun))
        {
            var tags = resource.Tags;
            foreach (var tag in request.Tags ?? [])
            {
                var key = tag.Key ?? throw CloudException.Missing("Tag.Key");
                if (tags.TryGetValue(key, out var value) && (tag.Value is null || tag.Value == value))
                {
                    tags = tags.Remove(key);
                }
            }

            kind.SetTags(resource.Id, request.Tags is null ? tags.Clear() : tags);
        }

        return new DeleteTagsResponse();
    }

    private DescribeTagsResponse Describe(Call call, DescribeTagsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var entries = registry.Kinds
            .SelectMany(kind => kind
                .All()
                .Where(r => r.Region == call.Region && Lookup.IsOwn(call.AccountId, r))
                .SelectMany(r => r.Tags.Select(t => new Entry(kind.ResourceType, r.Id, t.Key, t.Value))))
            .Where(filter)
            .OrderBy(e => e.Order, StringComparer.Ordinal)
            .ToList();
        var (items, next) = Paging.Page(
            after => entries.Where(e => after is null || string.CompareOrdinal(e.Order, after) > 0),
            e => e.Order,
            request.MaxResults,
            request.NextToken);
        return new DescribeTagsResponse
        {
            NextToken = next,
            Tags = [.. items.Select(e =>
                new TagDescription { Key = e.Key, Value = e.Value, ResourceId = e.ResourceId, ResourceType = e.ResourceType })],
        };
    }

    private List<(TagRegistry.Kind Kind, ITagged Resource)> Find(Call call, List<string>? ids, bool? dryRun)
    {
        var found = new List<(TagRegistry.Kind, ITagged)>();
        foreach (var id in ids ?? throw CloudException.Missing("ResourceId"))
        {
            var kind = registry.Of(id) ?? throw new CloudException("InvalidID", $"The ID '{id}' is not valid");
            var resource = kind.Find(id);
            if (resource is null || resource.Region != call.Region
                || !Lookup.IsSeen(call.AccountId, resource)
                || !cloud.Faults.IsVisible(resource.CreatedAt, call.Now))
            {
                throw NotFound.Of(id);
            }

            if (!Lookup.IsOwn(call.AccountId, resource) && call.AccountId != Identifiers.AccountId)
            {
                throw new CloudException(
                    "UnsupportedOperation",
                    $"The local cloud keeps no tags of {call.AccountId}'s on {id} of another account.");
            }

            found.Add((kind, resource));
        }

        return dryRun == true ? throw CloudException.DryRun() : found;
    }

    private sealed record Entry(string ResourceType, string ResourceId, string Key, string Value)
    {
        public string Order => $"{ResourceId}|{Key}";
    }
}
