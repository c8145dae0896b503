using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Notifications;

/// <summary>
/// SNS: topics whose messages really reach HTTP endpoints of this machine, and e-mail in a mailbox file. What goes elsewhere is
/// not sent, and said.
/// </summary>
internal sealed class NotificationService : ICloudService, IAsyncDisposable
{
    public const string Name = "sns";

    private readonly TopicTables _tables;
    private readonly Deliveries _deliveries;
    private readonly Publisher _publisher;

    public NotificationService(CloudContext cloud)
    {
        _tables = new TopicTables(cloud.Store);
        _deliveries = new Deliveries(cloud, _tables);
        _publisher = new Publisher(cloud, _tables);
    }

    public void Register(Router router)
    {
        new TopicActions(_tables).Register(router);
        new SubscriptionActions(_tables, _publisher).Register(router);
        new PublishActions(_tables, _publisher).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => _deliveries.Run(now);

    /// <summary>Whether there is such a topic.</summary>
    public bool Has(string topicArn) => _tables.Topics.Find(topicArn) is not null;

    /// <summary>Publishes what another service has to say.</summary>
    /// <returns>Whether there is such a topic.</returns>
    public bool Publish(string topicArn, string subject, string message, DateTimeOffset now)
    {
        if (_tables.Topics.Find(topicArn) is not { } topic)
        {
            return false;
        }

        _publisher.Publish(topic, new Message(subject, message), now);
        return true;
    }

    public ValueTask DisposeAsync() => _deliveries.DisposeAsync();
}
