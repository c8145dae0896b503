namespace Baker.Core.Planning;

/// <summary>What a check has measured of one of the fleets.</summary>
/// <param name="Value">Null where there are no data.</param>
/// <param name="Requests">How many requests it is of; null where it is of none.</param>
public readonly record struct CanaryNumber(double? Value, double? Requests = null);
