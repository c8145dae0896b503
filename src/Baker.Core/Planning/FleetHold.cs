using System.Globalization;

namespace Baker.Core.Planning;

/// <summary>
/// What a drained deploy gives an Auto Scaling group back when it ends: kept in a tag of the group, so that a later run
/// can.
/// </summary>
/// <param name="Rebalances">Whether the group evened out its zones before.</param>
public sealed record FleetHold(int Minimum, bool Rebalances)
{
    /// <summary>The scaling process that evens out zones: it would launch and terminate while nodes are in standby.</summary>
    public const string Rebalancing = "AZRebalance";

    public string ToText() => Minimum.ToString(CultureInfo.InvariantCulture) + (Rebalances ? " " + Rebalancing : "");

    /// <summary>Null where the text is none.</summary>
    public static FleetHold? TryParse(string? text) =>
        text?.Split(' ') is [var number, .. var rest]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var minimum)
            ? new FleetHold(minimum, rest.Contains(Rebalancing))
            : null;
}
