using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Notifications;

/// <summary>A topic. Its id is its ARN.</summary>
internal sealed record TopicRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    /// <summary>What was set; the rest is worked out on reading.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public int Deleted { get; init; }

    [JsonIgnore]
    public bool IsFifo => Name.EndsWith(".fifo", StringComparison.Ordinal);
}

/// <summary>A subscription. Its id is its ARN.</summary>
internal sealed record SubscriptionRecord : IResource
{
    public required string Id { get; init; }

    public required string TopicArn { get; init; }

    public required string Protocol { get; init; }

    public required string Endpoint { get; init; }

    /// <summary>What confirms it; null where nothing has to.</summary>
    public string? Token { get; init; }

    public bool IsConfirmed { get; init; }

    public bool NeedsAuthentication { get; init; }

    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Why nothing reaches the endpoint, where that is so.</summary>
    public string? Silence { get; init; }

    [JsonIgnore]
    public bool IsPending => Token is not null && !IsConfirmed;

    [JsonIgnore]
    public bool IsRaw => Attributes.GetValueOrDefault("RawMessageDelivery") == "true";
}

/// <summary>A message that is on its way to one endpoint, until it is there or given up.</summary>
internal sealed record DeliveryRecord : IResource
{
    public required string Id { get; init; }

    public required string SubscriptionArn { get; init; }

    public required string TopicArn { get; init; }

    /// <summary><c>Notification</c>, <c>SubscriptionConfirmation</c> or <c>UnsubscribeConfirmation</c>.</summary>
    public required string Kind { get; init; }

    public required string MessageId { get; init; }

    public required string Protocol { get; init; }

    public required string Endpoint { get; init; }

    public string Subject { get; init; } = "";

    public required string Body { get; init; }

    public bool IsRaw { get; init; }

    /// <summary>How often it is tried again, and after how many seconds.</summary>
    public int Retries { get; init; } = 3;

    public int Wait { get; init; } = 20;

    public int Attempts { get; init; }

    public DateTimeOffset DueAt { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TopicRecord))]
[JsonSerializable(typeof(SubscriptionRecord))]
[JsonSerializable(typeof(DeliveryRecord))]
internal sealed partial class TopicJson : JsonSerializerContext;
