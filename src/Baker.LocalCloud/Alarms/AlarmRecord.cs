using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Storage;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.Alarms;

/// <summary>A metric alarm. Its id is region and name.</summary>
internal sealed record AlarmRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    /// <summary>The alarm as it was put.</summary>
    public required PutMetricAlarmRequest Settings { get; init; }

    public required DateTimeOffset ConfiguredAt { get; init; }

    /// <summary><c>OK</c>, <c>ALARM</c> or <c>INSUFFICIENT_DATA</c>.</summary>
    public string State { get; init; } = "INSUFFICIENT_DATA";

    public string Reason { get; init; } = "Unchecked: Initial alarm creation";

    public string? ReasonData { get; init; }

    public required DateTimeOffset StateSince { get; init; }

    /// <summary>Whether it is SetAlarmState that gave it its state.</summary>
    public bool IsSetByHand { get; init; }

    public bool ActionsEnabled { get; init; } = true;

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<AlarmChange> Changes { get; init; } = [];

    public string Name => Settings.AlarmName;
}

/// <summary>One thing in an alarm's history.</summary>
internal sealed record AlarmChange(DateTimeOffset At, string From, string To, string Reason)
{
    /// <summary><c>StateUpdate</c>, <c>Action</c> or <c>ConfigurationUpdate</c>.</summary>
    public string Kind { get; init; } = "StateUpdate";

    public string? Summary { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(AlarmSettingsConverter)])]
[JsonSerializable(typeof(AlarmRecord))]
internal sealed partial class AlarmJson : JsonSerializerContext;

internal sealed class AlarmSettingsConverter() : WireConverter<PutMetricAlarmRequest>(CloudWatchWire.OnPutMetricAlarmRequest);
