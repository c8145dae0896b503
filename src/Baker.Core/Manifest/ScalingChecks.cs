using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>autoscale.policies</c>, <c>autoscale.schedules</c> and <c>autoscale.warm_pool</c>.</summary>
internal static class ScalingChecks
{
    private static readonly string[] s_metrics =
    [
        "ASGAverageCPUUtilization",
        "ASGAverageNetworkIn",
        "ASGAverageNetworkOut",
        "ALBRequestCountPerTarget",
    ];

    private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly ValueCheck Seconds = Checks.Integer(0, 7 * 24 * 3600);
    private static readonly ValueCheck Size = Checks.Integer(0, 10_000);
    private static readonly ValueCheck Change = Checks.Integer(-10_000, 10_000);
    private static readonly ValueCheck Named =
        Checks.TextLike("a name of letters, digits, hyphens, dots and underscores", "", text => GroupName.IsOne(text));

    private static readonly ValueCheck CustomMetric = Checks.ExactFields(
        2,
        ("name", Checks.Text),
        ("namespace", Checks.Text),
        ("dimensions", Checks.MapOf(Checks.Text)),
        ("statistic", Checks.OneOf("Average", "Sum", "Minimum", "Maximum", "SampleCount")),
        ("unit", Checks.Text));

    private static readonly ValueCheck Predefined = Checks.OneOf(s_metrics);

    private static readonly ValueCheck Tracking = Checks.ExactFields(
        3,
        ("type", Checks.Text),
        ("metric", new ValueCheck("the name of a metric, or an object that describes one", "", (context, path, value) =>
            (value.Kind == ValueKind.Object ? CustomMetric : Predefined).Run(context, path, value))),
        ("target", Checks.NumberFromZero.And(ValueKind.Number, (context, path, value) =>
        {
            if (End(value) == 0)
            {
                context.BadValue(path, value, "a number above 0");
            }
        })),
        ("scale_in", Checks.Flag),
        ("warmup", Seconds));

    private static readonly ValueCheck Step = Checks.ExactFields(
        2,
        ("type", Checks.Text),
        ("steps", Checks.ListOf(Checks.ExactFields(1, ("change", Change), ("from", Checks.Number), ("to", Checks.Number)))
            .And(ValueKind.Array, CheckSteps)),
        ("adjustment", Adjustment),
        ("min_change", Checks.Integer(1, 10_000)),
        ("aggregation", Checks.OneOf("Average", "Minimum", "Maximum")),
        ("warmup", Seconds));

    private static readonly ValueCheck Simple = Checks.ExactFields(
        2,
        ("type", Checks.Text),
        ("change", Change),
        ("adjustment", Adjustment),
        ("min_change", Checks.Integer(1, 10_000)),
        ("cooldown", Seconds));

    public static ValueCheck Policies { get; } = Checks.MapOf(
        new ValueCheck("an object", "objects", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Object)
            {
                context.WrongType(path, value, "an object");
                return;
            }

            if (value.Find("type"u8) is not { } type)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    value,
                    $"{path} needs the attribute \"type\".",
                    "It is target_tracking, step or simple.");
                return;
            }

            Checks.OneOf("target_tracking", "step", "simple").Run(context, $"{path}.type", type);
            switch (type.Kind == ValueKind.String ? type.Text : "")
            {
                case "target_tracking":
                    Tracking.Run(context, path, value);
                    break;
                case "step":
                    Step.Run(context, path, value);
                    CheckMinimum(context, path, value);
                    break;
                case "simple":
                    Simple.Run(context, path, value);
                    CheckMinimum(context, path, value);
                    break;
            }
        }).OrNull(),
        Named).And(ValueKind.Object, CheckMetrics);

    public static ValueCheck Schedules { get; } = Checks.MapOf(
        Checks.ExactFields(
            0,
            ("recurrence", Checks.TextLike("five fields of cron such as \"0 8 * * 1-5\"", "", IsCron)),
            ("time_zone", Checks.TextLike("a time zone such as Europe/Berlin", "", text => text.Length > 0 && Shapes.IsOnly(text, "/_+-"))),
            ("start", Checks.TextLike("a time such as 2030-01-31T08:00:00Z", "", IsTime)),
            ("end", Checks.TextLike("a time such as 2030-01-31T08:00:00Z", "", IsTime)),
            ("min", Size),
            ("max", Size),
            ("desired", Size)).And(ValueKind.Object, CheckSchedule).OrNull(),
        Named);

    public static ValueCheck WarmPool { get; } = Checks.ExactFields(
        0,
        ("min", Size),
        ("max_prepared", Size),
        ("state", Checks.OneOf("stopped", "running", "hibernated")),
        ("reuse", Checks.Flag)).And(ValueKind.Object, (context, path, value) =>
        {
            if (value.Find("min"u8) is { } min
                && value.Find("max_prepared"u8) is { } max
                && min.TryGetInteger(out var least)
                && max.TryGetInteger(out var most)
                && least > most)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.Conflict,
                    min,
                    string.Create(CultureInfo.InvariantCulture, $"{path} keeps at least {least} instances and prepares at most {most}."),
                    "Make min at most max_prepared.");
            }
        });

    private static ValueCheck Adjustment => Checks.OneOf("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity");

    /// <summary>
    /// Each step begins where the one before ends, and an alarm has at most one without a lower end and one without an upper.
    /// </summary>
    private static void CheckSteps(CheckContext context, string path, ManifestValue steps)
    {
        var all = steps.Items.ToList().Where(step => step.Kind == ValueKind.Object).ToList();
        if (all.Count == 0)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                steps,
                $"{path} has no step.",
                "Write for example [{\"from\": 0, \"change\": 2}].");
            return;
        }

        double? ended = null;
        for (var index = 0; index < all.Count; index++)
        {
            var (from, to) = (End(all[index], "from"u8), End(all[index], "to"u8));
            if (from is null && to is null)
            {
                if (all.Count > 1 || !Has(all[index], "from"u8, "to"u8))
                {
                    Wrong(all[index], "has neither from nor to");
                }
            }
            else if (from >= to)
            {
                Wrong(all[index], "ends where it begins or before");
            }
            else if (index > 0 && from != ended)
            {
                Wrong(all[index], "does not begin where the one before it ends");
            }

            ended = to;
        }

        void Wrong(ManifestValue step, string what) => context.Diagnostics.Error(
            DiagnosticCode.Conflict,
            step,
            $"A step of {path} {what}.",
            "Steps follow each other: [{\"from\": 0, \"to\": 20, \"change\": 1}, {\"from\": 20, \"change\": 3}].");
    }

    private static bool Has(ManifestValue step, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        step.Find(one) is not null || step.Find(other) is not null;

    private static double? End(ManifestValue step, ReadOnlySpan<byte> name) => step.Find(name) is { } value ? End(value) : null;

    private static double? End(ManifestValue value) =>
        value.Kind == ValueKind.Number
        && double.TryParse(value.Spelling, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>Auto Scaling tracks a metric by one policy.</summary>
    private static void CheckMetrics(CheckContext context, string path, ManifestValue policies) => Checks.Twice(
        context,
        path,
        policies.Properties.ToList()
            .Where(policy => policy.Value.Kind == ValueKind.Object)
            .Select(policy => policy.Value.Find("metric"u8))
            .OfType<ManifestValue>()
            .Where(metric => metric.Kind == ValueKind.String),
        metric => metric.Text);

    private static void CheckMinimum(CheckContext context, string path, ManifestValue policy)
    {
        if (policy.Find("min_change"u8) is { } least
            && !(policy.Find("adjustment"u8) is { Kind: ValueKind.String } how && how.Text == "PercentChangeInCapacity"))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                least,
                $"{path} has a min_change, which holds for percentages alone.",
                "Write \"adjustment\": \"PercentChangeInCapacity\", or remove it.");
        }
    }

    private static void CheckSchedule(CheckContext context, string path, ManifestValue schedule)
    {
        var names = schedule.Properties.ToList().Select(property => property.Name.Text).ToList();
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

        if (schedule.Find("start"u8) is { Kind: ValueKind.String } start
            && schedule.Find("end"u8) is { Kind: ValueKind.String } end
            && IsTime(start.Text)
            && IsTime(end.Text)
            && string.CompareOrdinal(start.Text, end.Text) >= 0)
        {
            context.Diagnostics.Error(DiagnosticCode.Conflict, end, $"{path} ends before it starts.", "Name a later end.");
        }

        var (min, desired, max) = (schedule.Find("min"u8), schedule.Find("desired"u8), schedule.Find("max"u8));
        foreach (var (less, least, more, most) in new[]
        {
            ("min", min, "max", max), ("min", min, "desired", desired), ("desired", desired, "max", max),
        })
        {
            if (least is { } low && most is { } high && End(low) > End(high))
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

    private static bool IsCron(string text) =>
        text.Split(' ') is [var minute, var hour, var day, var month, var weekday]
        && IsField(minute, 0, 59, [])
        && IsField(hour, 0, 23, [])
        && IsField(day, 1, 31, [])
        && IsField(month, 1, 12, s_months)
        && IsField(weekday, 0, 7, s_days);

    /// <summary>Whether a range ends before it begins.</summary>
    private static bool IsBackwards(string[] ends, string[] names)
    {
        int Place(string end) => int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : Array.IndexOf(names, end.ToUpperInvariant()) + (names == s_months ? 1 : 0);
        return Place(ends[0]) > Place(ends[1]);
    }

    /// <summary>A list of numbers, names, ranges and steps.</summary>
    private static bool IsField(string text, int from, int to, string[] names) => text.Split(',').All(item =>
    {
        var parts = item.Split('/');
        var ends = parts[0].Split('-');
        return parts.Length <= 2
            && ends.Length <= 2
            && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step > 0))
            && (ends.Length == 1 || !IsBackwards(ends, names))
            && (parts[0] == "*" || ends.All(end => names.Contains(end.ToUpperInvariant())
                || (int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)));
    });

    private static bool IsTime(string text) => DateTimeOffset.TryParseExact(
        text,
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal,
        out _);
}
