namespace Baker.Cloud.Fleets;

/// <summary>What came up is not healthy: the change is taken back.</summary>
public sealed class UnhealthyException(string message) : Exception(message);
