namespace Baker.Core.Planning;

/// <summary>What a check has measured of one of the fleets.</summary>
/// <param name="Value">Null where there are no data.</param>
/// <param name="Of">How many requests it is of, or how many instances there are to be; null where it is of neither.</param>
public readonly record struct CanaryNumber(double? Value, double? Of = null)
{
    /// <summary>How far it is from being as many as there are to be.</summary>
    internal double Missing => (Of ?? Value ?? 0) - (Value ?? 0);
}
