using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Notifications;

/// <summary>Makes of a message what each endpoint of a topic is to get ("HTTP/HTTPS notification JSON format", SNS).</summary>
internal sealed class Publisher(CloudContext cloud, TopicTables tables)
{
    private const string Unsigned = "The local cloud signs no messages.";

    private static readonly JsonWriterOptions s_plain = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private long _sent;

    /// <returns>The message's id.</returns>
    public string Publish(TopicRecord topic, Message message, DateTimeOffset now)
    {
        var id = Guid.NewGuid().ToString();
        foreach (var subscription in tables.SubscriptionsByTopic[topic.Id].Where(each => !each.IsPending).ToList())
        {
            var text = message.For(subscription.Protocol);
            Send(
                subscription,
                "Notification",
                id,
                message.Subject ?? (subscription.Protocol == "email" ? "AWS Notification Message" : ""),
                subscription.Protocol == "email"
                    ? $"{text}\n\n--\nIf you wish to stop receiving notifications from this topic, please visit the link below:\n"
                        + $"{LinkOf(subscription)}\n"
                    : subscription.IsRaw ? text
                    : Envelope("Notification", id, topic.Id, message with { Text = text }, now, subscription),
                now);
        }

        return id;
    }

    /// <summary>Asks an endpoint whether it wants to hear of a topic.</summary>
    public void AskToConfirm(SubscriptionRecord subscription, DateTimeOffset now)
    {
        var id = Guid.NewGuid().ToString();
        var words = $"You have chosen to subscribe to the topic {subscription.TopicArn}.\n"
            + "To confirm the subscription, visit the SubscribeURL included in this message.";
        Send(
            subscription,
            "SubscriptionConfirmation",
            id,
            "AWS Notification - Subscription Confirmation",
            subscription.Protocol == "email"
                ? $"You have chosen to subscribe to the topic:\n{subscription.TopicArn}\n\nTo confirm this subscription, visit\n"
                    + $"{ConfirmationOf(subscription)}\nor call ConfirmSubscription with the token\n{subscription.Token}\n"
                : Envelope("SubscriptionConfirmation", id, subscription.TopicArn, new Message(null, words), now, subscription),
            now);
    }

    private void Send(SubscriptionRecord subscription, string kind, string messageId, string subject, string body, DateTimeOffset now)
    {
        if (subscription.Silence is not null)
        {
            cloud.Failures.Add(
                $"notification {messageId} of {subscription.TopicArn} to {subscription.Protocol} {subscription.Endpoint}",
                new NotSupportedException(subscription.Silence));
            return;
        }

        var policy = DeliveryPolicy.Of(
            subscription.Attributes.GetValueOrDefault("DeliveryPolicy"),
            tables.Topics.Find(subscription.TopicArn)?.Attributes.GetValueOrDefault("DeliveryPolicy"));
        tables.Deliveries.Put(new DeliveryRecord
        {
            // Ids sort as they come, so that messages leave in their order.
            Id = string.Create(CultureInfo.InvariantCulture, $"{now.UtcTicks:d20}|{++_sent:d10}|{messageId}"),
            SubscriptionArn = subscription.Id,
            TopicArn = subscription.TopicArn,
            Kind = kind,
            MessageId = messageId,
            Protocol = subscription.Protocol,
            Endpoint = subscription.Endpoint,
            Subject = subject,
            Body = body,
            IsRaw = subscription.IsRaw && kind == "Notification",
            Retries = policy.Retries,
            Wait = policy.Wait,
            DueAt = now,
        });
    }

    private string Envelope(string type, string id, string topicArn, Message message, DateTimeOffset now, SubscriptionRecord subscription)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_plain))
        {
            json.WriteStartObject();
            json.WriteString("Type", type);
            json.WriteString("MessageId", id);
            if (type != "Notification")
            {
                json.WriteString("Token", subscription.Token);
            }

            json.WriteString("TopicArn", topicArn);
            if (message.Subject is not null)
            {
                json.WriteString("Subject", message.Subject);
            }

            json.WriteString("Message", message.Text);
            if (type != "Notification")
            {
                json.WriteString("SubscribeURL", ConfirmationOf(subscription));
            }

            json.WriteString("Timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("SignatureVersion", "1");
            json.WriteString("Signature", Unsigned);
            json.WriteString("SigningCertURL", "");
            if (type == "Notification")
            {
                json.WriteString("UnsubscribeURL", LinkOf(subscription));
                WriteAttributes(json, message);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteAttributes(Utf8JsonWriter json, Message message)
    {
        if (message.Attributes.IsEmpty)
        {
            return;
        }

        json.WriteStartObject("MessageAttributes");
        foreach (var (name, type, value) in message.Attributes)
        {
            json.WriteStartObject(name);
            json.WriteString("Type", type);
            json.WriteString("Value", value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private string ConfirmationOf(SubscriptionRecord subscription) =>
        $"{cloud.Address}?Action=ConfirmSubscription&TopicArn={Uri.EscapeDataString(subscription.TopicArn)}&Token={subscription.Token}";

    private string LinkOf(SubscriptionRecord subscription) =>
        $"{cloud.Address}?Action=Unsubscribe&SubscriptionArn={Uri.EscapeDataString(subscription.Id)}";
}
