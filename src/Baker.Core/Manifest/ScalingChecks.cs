using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>autoscale.policies</c> and <c>autoscale.warm_pool</c>.</summary>
internal static class ScalingChecks
{
    private const int MostSteps = 20;

    private static readonly string[] s_metrics =
    [
        "ASGAverageCPUUtilization",
        "ASGAverageNetworkIn",
        "ASGAverageNetworkOut",
        "ALBRequestCountPerTarget",
    ];

    private static readonly ValueCheck Seconds = Checks.Integer(0, 7 * 24 * 3600);
    private static readonly ValueCheck Change = Checks.Integer(-10_000, 10_000);
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
        ("warmup", Seconds)).And(ValueKind.Object, CheckTarget);

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

    /// <summary>What a policy or a schedule may be called.</summary>
    public static ValueCheck Named { get; } =
        Checks.TextLike("a name of letters, digits, hyphens, dots and underscores", "", text => GroupName.IsOne(text));

    /// <summary>A number of instances.</summary>
    public static ValueCheck Size { get; } = Checks.Integer(0, 10_000);

    public static ValueCheck Policies { get; } = Checks.MapOf(
        new ValueCheck("an object", "objects", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Object)
            {
                context.WrongType(path, value, "an object");
                return;
            }

            if (value.Given("type"u8) is not { } type)
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

    public static ValueCheck WarmPool { get; } = Checks.ExactFields(
        0,
        ("min", Size),
        ("max_prepared", Size),
        ("state", Checks.OneOf("stopped", "running", "hibernated")),
        ("reuse", Checks.Flag)).And(ValueKind.Object, (context, path, value) =>
        {
            if (value.Given("min"u8) is { } min
                && value.Given("max_prepared"u8) is { } max
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
    /// Each step begins where the one before ends; from 0 up there is one without an upper end, below 0 one without a lower
    /// (StepAdjustment in Auto Scaling's API reference).
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

        if (all.Count > MostSteps)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                all[MostSteps],
                string.Create(CultureInfo.InvariantCulture, $"{path} has {all.Count} steps; Auto Scaling takes {MostSteps}."),
                "Make fewer of them, each for more.");
        }

        double? ended = null;
        for (var index = 0; index < all.Count; index++)
        {
            var (from, to) = (End(all[index], "from"u8), End(all[index], "to"u8));
            if (from is null && to is null)
            {
                Wrong(all[index], "has neither from nor to");
            }
            else if (from >= to)
            {
                Wrong(all[index], "ends where it begins or before");
            }
            else if (index > 0 && (from is null || from != ended))
            {
                Wrong(all[index], "does not begin where the one before it ends");
            }
            else if (index == 0 && from < 0)
            {
                Wrong(all[index], "begins below 0, and none is for what is lower");
            }
            else if (index == all.Count - 1 && to > 0)
            {
                Wrong(all[index], "ends above 0, and none is for what is higher");
            }

            ended = to;
        }

        void Wrong(ManifestValue step, string what) => context.Diagnostics.Error(
            DiagnosticCode.Conflict,
            step,
            $"A step of {path} {what}.",
            "Steps follow each other: [{\"from\": 0, \"to\": 20, \"change\": 1}, {\"from\": 20, \"change\": 3}].");
    }

    private static double? End(ManifestValue step, ReadOnlySpan<byte> name) => step.Given(name) is { } value ? End(value) : null;

    private static double? End(ManifestValue value) =>
        value.Kind == ValueKind.Number
        && double.TryParse(value.Spelling, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>No processor is used more than whole.</summary>
    private static void CheckTarget(CheckContext context, string path, ManifestValue policy)
    {
        var name = policy.Given("metric"u8) switch
        {
            { Kind: ValueKind.String } predefined => predefined.Text,
            { Kind: ValueKind.Object } custom when custom.Given("namespace"u8) is { Kind: ValueKind.String } space
                && space.Text == "AWS/EC2"
                && custom.Given("name"u8) is { Kind: ValueKind.String } named => named.Text,
            _ => "",
        };
        if (name is "ASGAverageCPUUtilization" or "CPUUtilization" && policy.Given("target"u8) is { } target && End(target) > 100)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                target,
                $"{path}.target is {target.Spelling}, and {name} is a percentage: it would never be reached.",
                "Name a number above 0 and at most 100, such as 50.");
        }
    }

    /// <summary>Auto Scaling tracks a metric by one policy.</summary>
    private static void CheckMetrics(CheckContext context, string path, ManifestValue policies) => Checks.Twice(
        context,
        path,
        policies.Properties.ToList()
            .Where(policy => policy.Value.Kind == ValueKind.Object)
            .Select(policy => policy.Value.Given("metric"u8))
            .OfType<ManifestValue>()
            .Where(metric => metric.Kind == ValueKind.String),
        metric => metric.Text);

    private static void CheckMinimum(CheckContext context, string path, ManifestValue policy)
    {
        if (policy.Given("min_change"u8) is { } least
            && !(policy.Given("adjustment"u8) is { Kind: ValueKind.String } how && how.Text == "PercentChangeInCapacity"))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                least,
                $"{path} has a min_change, which holds for percentages alone.",
                "Write \"adjustment\": \"PercentChangeInCapacity\", or remove it.");
        }
    }
}
