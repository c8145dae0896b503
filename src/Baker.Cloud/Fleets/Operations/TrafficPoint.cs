namespace Baker.Cloud.Fleets.Operations;

/// <summary>One minute's requests, and how many of them a node answered with a 5xx.</summary>
public readonly record struct TrafficPoint(DateTimeOffset At, double Requests, double Errors);
