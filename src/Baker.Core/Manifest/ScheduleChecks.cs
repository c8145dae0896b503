using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>autoscale.schedules</c>.</summary>
internal static class ScheduleChecks
{
    public static ValueCheck Schedules { get; } = Checks.MapOf(
        Checks.ExactFields(
            0,
            ("recurrence", Checks.TextLike("five fields of cron such as \"0 8 * * 1-5\"", "", Recurrences.IsOne)
                .And(ValueKind.String, CheckDay)),
            ("time_zone", Checks.TextLike("a time zone such as Europe/Berlin", "", IsZone).And(ValueKind.String, CheckZone)),
            ("start", Checks.TextLike("a time such as 2030-01-31T08:00:00Z", "", IsTime)),
            ("end", Checks.TextLike("a time such as 2030-01-31T08:00:00Z", "", IsTime)),
            ("min", ScalingChecks.Size),
            ("max", ScalingChecks.Size),
            ("desired", ScalingChecks.Size)).And(ValueKind.Object, CheckSchedule).OrNull(),
        ScalingChecks.Named).And(ValueKind.Object, CheckTimes);

    private static bool IsZone(string text) => text.Length > 0 && Shapes.IsOnly(text, "/_+-");

    private static void CheckZone(CheckContext context, string path, ManifestValue zone)
    {
        if (IsZone(zone.Text) && !TimeZones.MayBe(zone.Text))
        {
            context.BadValue(path, zone, "a time zone such as Europe/Berlin", TimeZones.Suggest(zone.Text));
        }
    }

    private static void CheckDay(CheckContext context, string path, ManifestValue recurrence)
    {
        if (Recurrences.IsOne(recurrence.Text) && !Recurrences.Comes(recurrence.Text))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                recurrence,
                $"{path} is {Quoting.Quote(recurrence.Text)}, and such a day never comes: its month ends before.",
                "Name a day that the month has, or the first of the next.");
        }
    }

    /// <summary>Auto Scaling takes one scheduled action for a time.</summary>
    private static void CheckTimes(CheckContext context, string path, ManifestValue schedules)
    {
        var seen = new Dictionary<(string?, string?, string?), ManifestValue>();
        foreach (var (_, schedule) in schedules.Properties.ToList().Where(each => each.Value.Kind == ValueKind.Object))
        {
            var (recurrence, start) = (Said(schedule, "recurrence"u8), Said(schedule, "start"u8));
            var zone = recurrence is null ? null : Said(schedule, "time_zone"u8)?.Text ?? "UTC";
            if ((recurrence ?? start) is { } place && !seen.TryAdd((recurrence?.Text, zone, start?.Text), place))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.Conflict,
                    place,
                    $"Two of {path} are at the same time; the other is at {seen[(recurrence?.Text, zone, start?.Text)].Position}.",
                    "Make one of the two, or name another time.");
            }
        }
    }

    private static ManifestValue? Said(ManifestValue schedule, ReadOnlySpan<byte> name) =>
        schedule.Given(name) is { Kind: ValueKind.String } text ? text : null;

    private static void CheckSchedule(CheckContext context, string path, ManifestValue schedule)
    {
        var names = schedule.GivenProperties().Select(property => property.Name.Text).ToList();
        if (!names.Exists(name => name is "min" or "max" or "desired"))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                schedule,
                $"{path} changes no size.",
                "Name min, max or desired.");
        }

        if (!names.Exists(name => name is "recurrence" or "start"))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                schedule,
                $"{path} does not say when.",
                "Name a recurrence such as \"0 8 * * 1-5\", or a start.");
        }

        if (schedule.Given("start"u8) is { Kind: ValueKind.String } start
            && schedule.Given("end"u8) is { Kind: ValueKind.String } end
            && IsTime(start.Text)
            && IsTime(end.Text)
            && string.CompareOrdinal(start.Text, end.Text) >= 0)
        {
            context.Diagnostics.Error(DiagnosticCode.Conflict, end, $"{path} ends before it starts.", "Name a later end.");
        }

        var (min, desired, max) = (schedule.Given("min"u8), schedule.Given("desired"u8), schedule.Given("max"u8));
        foreach (var (less, least, more, most) in new[]
        {
            ("min", min, "max", max), ("min", min, "desired", desired), ("desired", desired, "max", max),
        })
        {
            if (least is { } low
                && most is { } high
                && low.TryGetInteger(out var lower)
                && high.TryGetInteger(out var higher)
                && lower > higher)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.Conflict,
                    high,
                    $"{path} has a {less} of {low.Spelling} and a {more} of {high.Spelling}.",
                    "It is min, desired, max, in that order.");
                break;
            }
        }
    }

    private static bool IsTime(string text) => DateTimeOffset.TryParseExact(
        text,
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal,
        out _);
}
