using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>alarms</c>: of a group, of a balancer, of a balancer's group.</summary>
internal static class AlarmChecks
{
    private const int MostDimensions = 30;

    /// <summary>What a dimension's value may stand for, in double braces.</summary>
    private static readonly string[] s_placeholders = ["fleet", "group", "environment", "balancer", "target_group"];

    private static readonly ValueCheck Actions = Checks.OneOrListOf(Checks.TextLike(
        "the name of a topic or of a policy, or an ARN",
        "names of topics or policies, or ARNs",
        text => Shapes.IsArn(text) || (!text.StartsWith("arn:", StringComparison.Ordinal) && GroupName.IsOne(text)))
        .And(ValueKind.String, AlarmActions.Check))
        .And(ValueKind.Array, CheckActions);

    /// <summary>Values by their names, with what is filled in for each fleet in double braces.</summary>
    public static ValueCheck Dimensions { get; } = Checks.MapOf(
        Checks.TextLike("a text", "texts", text => text.Length is > 0 and <= 1024).OrNull().And(ValueKind.String, CheckPlaceholders),
        Checks.TextLike("the name of a dimension", "", text => text.Length is > 0 and <= 255));

    public static ValueCheck Alarms { get; } = Checks.MapOf(
        Checks.ExactFields(
            2,
            ("metric", Checks.TextLike(
                "the name of a metric",
                "",
                text => text.Length is > 0 and <= 255 && text.All(letter => letter is >= ' ' and < '\x7f'))),
            ("threshold", Checks.Number),
            ("description", Checks.TextLike("a text of at most 1024 characters", "", text => text.Length <= 1024)),
            ("namespace", Checks.TextLike(
                "a namespace such as AWS/EC2",
                "",
                text => text.Length is > 0 and <= 255 && text[0] != ':' && Shapes.IsOnly(text, "._-/#: "))),
            ("dimensions", Dimensions),
            ("comparison", Checks.OneOf(">=", ">", "<", "<=")),
            ("statistic", Checks.TextLike(
                "Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as p99.5, of at most ten decimal places",
                "",
                IsStatistic)),
            ("period", new ValueCheck("10, 30, or a multiple of 60, at most 86400", "", (context, path, value) =>
            {
                if (!value.TryGetInteger(out var seconds) || seconds is < 10 or > 86400 || (seconds is not (10 or 30) && seconds % 60 != 0))
                {
                    context.BadValue(path, value, "10, 30, or a multiple of 60, at most 86400");
                }
            })),
            ("periods", Checks.Integer(1, 1440)),
            ("datapoints", Checks.Integer(1, 1440)),
            ("missing", Checks.OneOf("missing", "ignore", "breaching", "notBreaching")),
            ("actions", Checks.ExactFields(0, ("alarm", Actions), ("ok", Actions), ("insufficient_data", Actions))))
            .And(ValueKind.Object, CheckPeriods).And(ValueKind.Object, CheckDimensions).OrNull(),
        Checks.TextLike("a name of letters, digits, hyphens, dots and underscores", "", text => GroupName.IsOne(text)));

    /// <summary>A percentile as CloudWatch writes it: <c>p99</c>, <c>p99.5</c>, with at most ten decimal places.</summary>
    public static bool IsPercentile(string text) =>
        text is ['p', .. var share]
        && (share == "100"
            || (share.Split('.') is { Length: 1 or 2 } parts
                && parts[0].Length is 1 or 2
                && parts[^1].Length is >= 1 and <= 10
                && parts.All(part => part.All(char.IsAsciiDigit))
                && share.Any(digit => digit is >= '1' and <= '9')));

    private static bool IsStatistic(string text) =>
        text is "Average" or "Sum" or "Minimum" or "Maximum" or "SampleCount" || IsPercentile(text);

    private static void CheckPlaceholders(CheckContext context, string path, ManifestValue value)
    {
        var parts = value.Text.Split("{{");
        foreach (var part in parts.Skip(1))
        {
            var name = part.Split("}}")[0];
            if (!part.Contains("}}", StringComparison.Ordinal) || !s_placeholders.Contains(name))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    value,
                    $"{path} has a placeholder {Quoting.Quote(name)} that nothing fills in.",
                    DidYouMean.Suggest(name, s_placeholders,
                        $"There are {string.Join(", ", s_placeholders.Select(each => $"{{{{{each}}}}}"))}."));
            }
        }
    }

    /// <summary>CloudWatch takes five for each state.</summary>
    private static void CheckActions(CheckContext context, string path, ManifestValue actions)
    {
        var all = actions.Items.ToList();
        if (all.Count > 5)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                all[5],
                string.Create(CultureInfo.InvariantCulture, $"{path} has {all.Count} actions; CloudWatch takes 5."),
                "Have one topic tell the others.");
        }

        Checks.EachOnce(context, path, actions);
    }

    /// <summary>CloudWatch takes 30; where the namespace is one of those whose dimensions are filled in, one is.</summary>
    private static void CheckDimensions(CheckContext context, string path, ManifestValue alarm)
    {
        if (alarm.Given("dimensions"u8) is not { Kind: ValueKind.Object } dimensions)
        {
            return;
        }

        var all = dimensions.Properties.ToList();
        var space = alarm.Given("namespace"u8) is { Kind: ValueKind.String } named ? named.Text : null;
        var isFilled = space is null or "AWS/EC2" or "AWS/AutoScaling" or "AWS/ApplicationELB" or "AWS/NetworkELB"
            && !all.Any(each => each.Name.Text is "AutoScalingGroupName" or "LoadBalancer");
        var (given, most) = (all.Where(each => each.Value.Kind != ValueKind.Null).ToList(), isFilled ? MostDimensions - 1 : MostDimensions);
        if (given.Count > most)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                given[most].Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} has {given.Count} dimensions{(isFilled ? " and one that is filled in" : "")}; "
                        + $"CloudWatch takes {MostDimensions}."),
                "Name those alone that the metric is published with.");
        }
    }

    private static void CheckPeriods(CheckContext context, string path, ManifestValue alarm)
    {
        var period = Number(alarm.Given("period"u8)) ?? 60;
        var periods = Number(alarm.Given("periods"u8)) ?? 1;
        if (alarm.Given("datapoints"u8) is { } some && Number(some) > periods)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                some,
                string.Create(CultureInfo.InvariantCulture, $"{path} asks for {Number(some)} datapoints of {periods} periods."),
                "Make datapoints at most periods.");
        }

        var most = period >= 3600 ? 7 * 86400 : 86400;
        if (period * periods > most)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                alarm.Given("periods"u8) ?? alarm,
                string.Create(CultureInfo.InvariantCulture,
                    $"{path} looks back {period * periods} s; CloudWatch looks back {most} s at most."),
                "Make the period or the number of periods smaller.");
        }
    }

    private static long? Number(ManifestValue? value) => value is { } given && given.TryGetInteger(out var number) ? number : null;
}
