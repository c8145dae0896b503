using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>How the bounds of a fleet that runs differ from the manifest's. What a schedule has set is no less the manifest's.</summary>
public static class SizeDrift
{
    public static (Difference? Min, Difference? Max) Of(Capacity has, Capacity wanted, ImmutableArray<(int? Min, int? Max)> scheduled) => (
        Differ("node_min", has.Min, wanted.Min, scheduled.Any(each => each.Min == has.Min)),
        Differ("node_max", has.Max, wanted.Max, scheduled.Any(each => each.Max == has.Max)));

    /// <summary>The bounds that it should have instead.</summary>
    public static (int Min, int Max) Bounds(Capacity has, Capacity wanted, ImmutableArray<(int? Min, int? Max)> scheduled)
    {
        var differ = Of(has, wanted, scheduled);
        var min = differ.Min is null ? has.Min : wanted.Min;
        return (min, Math.Max(min, differ.Max is null ? has.Max : wanted.Max));
    }

    private static Difference? Differ(string what, int there, int asked, bool isScheduled) => there == asked || isScheduled
        ? null
        : new(what, there.ToString(CultureInfo.InvariantCulture), asked.ToString(CultureInfo.InvariantCulture));
}
