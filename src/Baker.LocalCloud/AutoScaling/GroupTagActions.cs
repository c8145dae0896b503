using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>The tags of groups. They reach instances at their launch, never those that run.</summary>
internal sealed class GroupTagActions(AutoScalingService service)
{
    private const int DefaultPage = 50;
    private const int MostTags = 50;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateOrUpdateTagsRequest, CreateOrUpdateTagsResponse>(AutoScalingService.Name, Create);
        router.Handle<DeleteTagsRequest, DeleteTagsResponse>(AutoScalingService.Name, Delete);
        router.Handle<DescribeTagsRequest, DescribeTagsResponse>(AutoScalingService.Name, Describe);
    }

    public static ImmutableArray<GroupTag> Merge(ImmutableArray<GroupTag> before, List<Tag>? tags)
    {
        var merged = before.ToDictionary(each => each.Key, StringComparer.Ordinal);
        RequestTags.Check("ValidationError", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));
        foreach (var tag in tags ?? [])
        {
            if (tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw new CloudException("ValidationError", $"Tag keys starting with 'aws:' are reserved for internal use: {tag.Key}");
            }

            merged[tag.Key] = new GroupTag(tag.Key, tag.Value ?? "", tag.PropagateAtLaunch ?? false);
        }

        return merged.Count > MostTags
            ? throw new CloudException("LimitExceeded", $"The number of tags per group is limited to {MostTags}")
            : [.. merged.Values.OrderBy(each => each.Key, StringComparer.Ordinal)];
    }

    /// <summary>The filters of DescribeAutoScalingGroups.</summary>
    public static Func<GroupRecord, bool> Compile(List<Filter>? filters)
    {
        filters?.ForEach(filter => filter.Values ??= []);
        var tests = (filters ?? []).ConvertAll<Func<GroupRecord, bool>>(filter => filter.Name switch
        {
            "tag-key" => group => group.Tags.Any(tag => filter.Values.Contains(tag.Key)),
            "tag-value" => group => group.Tags.Any(tag => filter.Values.Contains(tag.Value)),
            { } name when name.StartsWith("tag:", StringComparison.Ordinal) =>
                group => group.Tags.Any(tag => tag.Key == name[4..] && filter.Values.Contains(tag.Value)),
            var other => throw new CloudException(
                "ValidationError",
                $"Filter type {other} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>"),
        });
        return group => tests.TrueForAll(test => test(group));
    }

    private CreateOrUpdateTagsResponse Create(Call call, CreateOrUpdateTagsRequest request)
    {
        foreach (var same in request.Tags.GroupBy(tag => tag.ResourceId))
        {
            var group = _tables.Group(call, same.Key);
            _tables.Groups.Put(group with { Tags = Merge(group.Tags, [.. same]) });
        }

        return new CreateOrUpdateTagsResponse();
    }

    private DeleteTagsResponse Delete(Call call, DeleteTagsRequest request)
    {
        foreach (var tag in request.Tags)
        {
            var group = _tables.Group(call, tag.ResourceId);
            _tables.Groups.Put(
                group with { Tags = group.Tags.RemoveAll(each => each.Key == tag.Key && (tag.Value is null || each.Value == tag.Value)) });
        }

        return new DeleteTagsResponse();
    }

    private DescribeTagsResponse Describe(Call call, DescribeTagsRequest request)
    {
        request.Filters?.ForEach(filter => filter.Values ??= []);
        var tests = (request.Filters ?? []).ConvertAll<Func<TagDescription, bool>>(filter => filter.Name switch
        {
            "auto-scaling-group" => tag => filter.Values.Contains(tag.ResourceId),
            "key" => tag => filter.Values.Contains(tag.Key),
            "value" => tag => filter.Values.Contains(tag.Value),
            "propagate-at-launch" => tag => filter.Values.Contains(tag.PropagateAtLaunch == true ? "true" : "false"),
            var other => throw new CloudException(
                "ValidationError",
                $"Filter type {other} is not correct. Allowed Filter types are: [auto-scaling-group, key, propagate-at-launch, value]"),
        });
        var tags = _tables.Groups.All
            .Where(each => each.Region == call.Region)
            .SelectMany(group => group.Tags.Select(tag => GroupView.Tag(group, tag)))
            .Where(tag => tests.TrueForAll(test => test(tag))).ToList();
        var (items, next) = Paging.Page(
            after => after is null ? tags : tags.SkipWhile(tag => Key(tag) != after).Skip(1),
            Key,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribeTagsResponse { Tags = items, NextToken = next };
    }

    private static string Key(TagDescription tag) => $"{tag.ResourceId}|{tag.Key}";
}
