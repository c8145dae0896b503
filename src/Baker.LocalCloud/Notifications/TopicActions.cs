using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.SimpleNotificationService.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Notifications;

/// <summary>SNS's topics and their tags.</summary>
internal sealed partial class TopicActions(TopicTables tables)
{
    private const int Page = 100;
    private const int MostTags = 50;

    private static readonly string[] s_settable =
    [
        "ContentBasedDeduplication", "DeliveryPolicy", "DisplayName", "FifoTopic", "FifoThroughputScope", "KmsMasterKeyId", "Policy",
        "SignatureVersion", "TracingConfig", "ArchivePolicy", "DataProtectionPolicy",
    ];

    // Whether messages arrive is told by CloudWatch Logs, which the local cloud has not: they are kept and shown.
    private static readonly string[] s_feedback = ["HTTP", "SQS", "Lambda", "Firehose", "Application"];

    public void Register(Router router)
    {
        const string Name = NotificationService.Name;
        router.Handle<CreateTopicRequest, CreateTopicResponse>(Name, Create);
        router.Handle<DeleteTopicRequest, DeleteTopicResponse>(Name, Delete);
        router.Handle<GetTopicAttributesRequest, GetTopicAttributesResponse>(Name, (call, request) =>
            new() { Attributes = Show(call, tables.Topic(call, request.TopicArn)) });
        router.Handle<SetTopicAttributesRequest, SetTopicAttributesResponse>(Name, (call, request) =>
        {
            var topic = tables.Topic(call, request.TopicArn);
            tables.Topics.Put(topic with { Attributes = Set(topic.Attributes, request.AttributeName, request.AttributeValue) });
            return new();
        });
        router.Handle<ListTopicsRequest, ListTopicsResponse>(Name, (call, request) =>
        {
            var (items, next) = Paging.Page(
                after => tables.Topics.After(after).Where(each => each.Region == call.Region),
                each => each.Id,
                Page,
                request.NextToken);
            return new() { Topics = items.ConvertAll(each => new Topic { TopicArn = each.Id }), NextToken = next };
        });
        router.Handle<ListTagsForResourceRequest, ListTagsForResourceResponse>(Name, (call, request) => new()
        {
            Tags = [.. Tagged(call, request.ResourceArn).Tags.Select(each => new Tag { Key = each.Key, Value = each.Value })],
        });
        router.Handle<TagResourceRequest, TagResourceResponse>(Name, (call, request) =>
        {
            var topic = Tagged(call, request.ResourceArn);
            tables.Topics.Put(topic with { Tags = Limited(topic.Tags.SetItems(TagsOf(request.Tags))) });
            return new();
        });
        router.Handle<UntagResourceRequest, UntagResourceResponse>(Name, (call, request) =>
        {
            var topic = Tagged(call, request.ResourceArn);
            tables.Topics.Put(topic with { Tags = topic.Tags.RemoveRange(request.TagKeys ?? []) });
            return new();
        });
    }

    private CreateTopicResponse Create(Call call, CreateTopicRequest request)
    {
        var attributes = ImmutableSortedDictionary<string, string>.Empty;
        foreach (var (name, value) in request.Attributes ?? [])
        {
            attributes = Set(attributes, name, value);
        }

        var isFifo = attributes.GetValueOrDefault("FifoTopic") == "true";
        if (!NamePattern().IsMatch(request.Name ?? "") || isFifo != request.Name!.EndsWith(".fifo", StringComparison.Ordinal))
        {
            throw TopicTables.Invalid(isFifo || request.Name?.EndsWith(".fifo", StringComparison.Ordinal) == true
                ? "Topic Name: Fifo Topic names must end with .fifo, and must be made up of only uppercase and lowercase ASCII letters, "
                    + "numbers, underscores, and hyphens"
                : "Topic Name");
        }

        var (id, tags) = ($"arn:aws:sns:{call.Region}:{call.AccountId}:{request.Name}", Limited(TagsOf(request.Tags)));
        if (tables.Topics.Find(id) is { } before)
        {
            return attributes.All(each => before.Attributes.GetValueOrDefault(each.Key) == each.Value)
                ? request.Tags is null || tags.SequenceEqual(before.Tags)
                    ? new CreateTopicResponse { TopicArn = id }
                    : throw TopicTables.Invalid("Tags", "Topic already exists with different tags")
                : throw TopicTables.Invalid("Attributes", "Topic already exists with different attributes");
        }

        tables.Topics.Put(new TopicRecord { Id = id, Region = call.Region, Name = request.Name, Attributes = attributes, Tags = tags });
        return new CreateTopicResponse { TopicArn = id };
    }

    private DeleteTopicResponse Delete(Call call, DeleteTopicRequest request)
    {
        if (request.TopicArn?.Split(':') is not ["arn", _, "sns", _, _, _])
        {
            throw TopicTables.Invalid("TopicArn");
        }

        // Deleting what is not there succeeds. Subscriptions go with their topic.
        foreach (var subscription in tables.SubscriptionsByTopic[request.TopicArn].ToList())
        {
            tables.Subscriptions.Remove(subscription.Id);
        }

        tables.Topics.Remove(request.TopicArn);
        return new DeleteTopicResponse();
    }

    private Dictionary<string, string> Show(Call call, TopicRecord topic)
    {
        var subscriptions = tables.SubscriptionsByTopic[topic.Id];
        var pending = subscriptions.Count(each => each.IsPending);
        var shown = new Dictionary<string, string>(topic.Attributes, StringComparer.Ordinal)
        {
            ["TopicArn"] = topic.Id,
            ["Owner"] = call.AccountId,
            ["SubscriptionsConfirmed"] = Number(subscriptions.Count - pending),
            ["SubscriptionsPending"] = Number(pending),
            ["SubscriptionsDeleted"] = Number(topic.Deleted),
            ["EffectiveDeliveryPolicy"] = topic.Attributes.GetValueOrDefault("DeliveryPolicy") ?? UsualTexts.Delivery,
        };
        shown.TryAdd("DisplayName", "");
        shown.TryAdd("Policy", UsualTexts.PolicyOf(topic.Id, call.AccountId));
        if (topic.IsFifo)
        {
            shown.TryAdd("ContentBasedDeduplication", "false");
        }

        return shown;
    }

    private static ImmutableSortedDictionary<string, string> Set(
        ImmutableSortedDictionary<string, string> before,
        string? name,
        string? value)
    {
        if (name is null || (!s_settable.Contains(name) && !IsFeedback(name)))
        {
            throw TopicTables.Invalid("AttributeName");
        }

        if (string.IsNullOrEmpty(value))
        {
            return before.Remove(name);
        }

        if (name is "DeliveryPolicy" or "Policy")
        {
            DeliveryPolicy.Check(value);
        }

        return before.SetItem(name, value);
    }

    private static bool IsFeedback(string name) => name.Contains("Feedback", StringComparison.Ordinal)
        && s_feedback.Any(each => name.StartsWith(each, StringComparison.Ordinal));

    private TopicRecord Tagged(Call call, string? arn) => tables.Topics.Find(arn) is { } topic && topic.Region == call.Region
        ? topic
        : throw new CloudException("ResourceNotFound", "Resource does not exist", 404);

    private static ImmutableSortedDictionary<string, string> TagsOf(List<Tag>? tags) =>
        RequestTags.Check("InvalidParameter", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));

    private static ImmutableSortedDictionary<string, string> Limited(ImmutableSortedDictionary<string, string> tags) =>
        tags.Count <= MostTags ? tags : throw new CloudException(
            "TagLimitExceeded",
            "Could not complete request: tag quota of per resource exceeded");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,256}(\.fifo)?$")]
    private static partial Regex NamePattern();
}
