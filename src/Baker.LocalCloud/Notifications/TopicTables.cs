using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Notifications;

/// <summary>SNS's resources.</summary>
internal sealed class TopicTables
{
    public TopicTables(StateStore store)
    {
        Topics = store.Table("topics", TopicJson.Default.TopicRecord);
        Subscriptions = store.Table("subscriptions", TopicJson.Default.SubscriptionRecord);
        Deliveries = store.Table("deliveries", TopicJson.Default.DeliveryRecord);
        SubscriptionsByTopic = Subscriptions.IndexBy(each => each.TopicArn);
    }

    public Table<TopicRecord> Topics { get; }

    public Table<SubscriptionRecord> Subscriptions { get; }

    public Table<DeliveryRecord> Deliveries { get; }

    public TableIndex<SubscriptionRecord> SubscriptionsByTopic { get; }

    /// <exception cref="CloudException">The ARN is none, or of no topic of this Region.</exception>
    public TopicRecord Topic(Call call, string? arn)
    {
        if (arn?.Split(':') is not ["arn", _, "sns", var region, _, { Length: > 0 }])
        {
            throw Invalid("TopicArn");
        }

        return region == call.Region && Topics.Find(arn) is { } topic
            ? topic
            : throw new CloudException("NotFound", "Topic does not exist", 404);
    }

    /// <exception cref="CloudException">The ARN is none, or of no subscription of this Region.</exception>
    public SubscriptionRecord Subscription(Call call, string? arn)
    {
        if (arn?.Split(':') is not ["arn", _, "sns", var region, _, _, _])
        {
            throw Invalid("SubscriptionArn");
        }

        return region == call.Region && Subscriptions.Find(arn) is { } subscription
            ? subscription
            : throw new CloudException("NotFound", "Subscription does not exist", 404);
    }

    public static CloudException Invalid(string parameter, string? reason = null) =>
        new("InvalidParameter", $"Invalid parameter: {parameter}{(reason is null ? "" : $" Reason: {reason}")}");
}
