using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Checks the sizes of a fleet's schedules against each other and the fleet's own: Auto Scaling refuses, at that hour, a size that is out
/// of the bounds that hold then.
/// </summary>
internal static class ScheduleSizeChecks
{
    public static void Check(MergedGroup group, MergedAttribute autoscale, DiagnosticBag diagnostics)
    {
        if (autoscale.Find("schedules"u8) is not { Kind: ValueKind.Object } given)
        {
            return;
        }

        var schedules = ResourceValues.Properties(given).Where(each => each.Value.Kind == ValueKind.Object).ToList();
        var (min, max, desired) = (Own("node_min"u8), Own("node_max"u8), Own("node_desired"u8));
        var least = min ?? Math.Min(1, max ?? 1);
        var lower = Scheduled("min"u8).OrderBy(bound => bound.Number).Cast<Bound?>().FirstOrDefault()
            ?? new Bound(least, $"the node_min, {least}");
        var most = max ?? Math.Max(least, desired ?? least);
        var upper = Scheduled("max"u8).OrderByDescending(bound => bound.Number).Cast<Bound?>().FirstOrDefault()
            ?? new Bound(most, $"the node_max, {most}");
        foreach (var (name, schedule) in schedules)
        {
            if (Size(schedule, "max"u8) is null)
            {
                Within("min", Size(schedule, "min"u8), isAbove: true);
                Within("desired", Size(schedule, "desired"u8), isAbove: true);
            }

            if (Size(schedule, "min"u8) is null)
            {
                Within("max", Size(schedule, "max"u8), isAbove: false);
                Within("desired", Size(schedule, "desired"u8), isAbove: false);
            }

            void Within(string what, ManifestValue? size, bool isAbove)
            {
                var bound = isAbove ? upper : lower;
                if (size is { } place && place.TryGetInteger(out var number) && (isAbove ? number > bound.Number : number < bound.Number))
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        place,
                        $"The schedule {name.Text} of {group.Name} has a {what} of {number}, "
                            + $"{(isAbove ? "above" : "below")} {bound.Words}.",
                        $"Give the schedule a \"{(isAbove ? "max" : "min")}\" of its own, or correct one of the two.");
                }
            }
        }

        long? Own(ReadOnlySpan<byte> name) => autoscale.Find(name) is { } value && value.TryGetInteger(out var number) ? number : null;

        IEnumerable<Bound> Scheduled(ReadOnlySpan<byte> name)
        {
            var bounds = new List<Bound>();
            foreach (var (key, schedule) in schedules)
            {
                if (Size(schedule, name) is { } size && size.TryGetInteger(out var number))
                {
                    var what = System.Text.Encoding.UTF8.GetString(name);
                    bounds.Add(new Bound(number, $"the {what} of {number} that {key.Text} sets (at {size.Position})"));
                }
            }

            return bounds;
        }
    }

    private static ManifestValue? Size(ManifestValue schedule, ReadOnlySpan<byte> name) =>
        schedule.Find(name) is { Kind: ValueKind.Number } size ? size : null;

    private readonly record struct Bound(long Number, string Words);
}
