using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Alarms;

/// <summary>What <c>StateReasonData</c> holds.</summary>
internal sealed record AlarmReasonData
{
    public string Version { get; init; } = "1.0";

    public required string QueryDate { get; init; }

    public required string StartDate { get; init; }

    public string? Statistic { get; init; }

    public required int Period { get; init; }

    public required ImmutableArray<double> RecentDatapoints { get; init; }

    public required double Threshold { get; init; }

    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlarmReasonData))]
internal sealed partial class AlarmDataJson : JsonSerializerContext;
