using System.Collections.Immutable;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>The requests that came by the minute.</summary>
/// <param name="Fleet">To which fleet; null where both are behind the same target groups, which do not tell them apart.</param>
public sealed record TrafficLine(string? Fleet, ImmutableArray<TrafficPoint> Points);
