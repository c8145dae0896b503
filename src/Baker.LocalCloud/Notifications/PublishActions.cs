using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.SimpleNotificationService.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Notifications;

/// <summary>SNS's ways to publish.</summary>
internal sealed class PublishActions(TopicTables tables, Publisher publisher)
{
    private const int LargestMessage = 256 * 1024;
    private const int LongestSubject = 100;
    private const int LargestBatch = 10;
    private const decimal FirstNumber = 10_000_000_000_000_000_000;

    private long _sequence;

    public void Register(Router router)
    {
        router.Handle<PublishRequest, PublishResponse>(NotificationService.Name, Publish);
        router.Handle<PublishBatchRequest, PublishBatchResponse>(NotificationService.Name, PublishBatch);
    }

    private PublishResponse Publish(Call call, PublishRequest request)
    {
        if (request.PhoneNumber is not null)
        {
            throw TopicTables.Invalid("PhoneNumber", "The local cloud sends no text messages");
        }

        var topic = tables.Topic(call, request.TopicArn ?? request.TargetArn);
        CheckGroup(topic, request.MessageGroupId);
        var message = Read(request.Subject, request.Message, request.MessageStructure, request.MessageAttributes);
        return new PublishResponse { MessageId = publisher.Publish(topic, message, call.Now), SequenceNumber = Next(topic) };
    }

    private PublishBatchResponse PublishBatch(Call call, PublishBatchRequest request)
    {
        var topic = tables.Topic(call, request.TopicArn);
        var entries = request.PublishBatchRequestEntries ?? [];
        if (entries.Count is 0 or > LargestBatch)
        {
            throw entries.Count == 0
                ? new CloudException("EmptyBatchRequest", "The batch request doesn't contain any entries.")
                : new CloudException("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
        }

        if (entries.DistinctBy(each => each.Id).Count() < entries.Count)
        {
            throw new CloudException("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
        }

        var response = new PublishBatchResponse { Successful = [], Failed = [] };
        foreach (var entry in entries)
        {
            try
            {
                CheckGroup(topic, entry.MessageGroupId);
                var message = Read(entry.Subject, entry.Message, entry.MessageStructure, entry.MessageAttributes);
                response.Successful.Add(new PublishBatchResultEntry
                {
                    Id = entry.Id,
                    MessageId = publisher.Publish(topic, message, call.Now),
                    SequenceNumber = Next(topic),
                });
            }
            catch (CloudException error)
            {
                response.Failed.Add(new BatchResultErrorEntry
                {
                    Id = entry.Id,
                    Code = error.Code,
                    Message = error.Message,
                    SenderFault = true,
                });
            }
        }

        return response;
    }

    private string? Next(TopicRecord topic) =>
        topic.IsFifo ? (++_sequence + FirstNumber).ToString("00000000000000000000", CultureInfo.InvariantCulture) : null;

    private static void CheckGroup(TopicRecord topic, string? group)
    {
        if (topic.IsFifo && string.IsNullOrEmpty(group))
        {
            throw TopicTables.Invalid("The MessageGroupId parameter is required for FIFO topics");
        }
    }

    private static Message Read(string? subject, string? text, string? structure, Dictionary<string, MessageAttributeValue>? attributes)
    {
        if (string.IsNullOrEmpty(text) || Encoding.UTF8.GetByteCount(text) > LargestMessage)
        {
            throw TopicTables.Invalid(string.IsNullOrEmpty(text) ? "Empty message" : "Message too long");
        }

        if (subject is not null && (subject.Length is 0 or > LongestSubject || subject.Any(each => each is < ' ' or > '~')))
        {
            throw TopicTables.Invalid("Subject");
        }

        var read = new Message(subject, text) { Attributes = [.. (attributes ?? []).Select(each => Attribute(each.Key, each.Value))] };
        return structure switch
        {
            null or "" => read,
            "json" => Structured(read),
            _ => throw TopicTables.Invalid("MessageStructure"),
        };
    }

    private static (string Name, string Type, string Value) Attribute(string name, MessageAttributeValue value)
    {
        var text = value.BinaryValue is { } bytes ? Convert.ToBase64String(bytes.ToArray()) : value.StringValue;
        return string.IsNullOrEmpty(value.DataType) || string.IsNullOrEmpty(text)
            ? throw new CloudException(
                "ParameterValueInvalid",
                $"The message attribute '{name}' must contain a non-empty attribute type and value.")
            : (name, value.DataType, text);
    }

    private static Message Structured(Message message)
    {
        try
        {
            using var json = JsonDocument.Parse(message.Text);
            var texts = json.RootElement.EnumerateObject()
                .Where(each => each.Value.ValueKind == JsonValueKind.String)
                .ToImmutableDictionary(each => each.Name, each => each.Value.GetString()!, StringComparer.Ordinal);
            return texts.TryGetValue("default", out var usual)
                ? message with { Text = usual, ByProtocol = texts }
                : throw TopicTables.Invalid("Message Structure - No default entry in JSON message body");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw TopicTables.Invalid("Message Structure - JSON message body failed to parse");
        }
    }
}
