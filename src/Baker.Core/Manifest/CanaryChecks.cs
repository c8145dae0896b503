using System.Globalization;
using System.Text;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>autoscale.canary</c>: steps that rise to all of it, and checks with bounds.</summary>
internal static class CanaryChecks
{
    private const string Remedy = "Write for example \"steps\": [\"5% 10m\", \"25% 10m\", \"100%\"]";

    /// <summary>All of them are in the journal, which is a parameter of SSM.</summary>
    private const int MostSteps = 20;

    private const int MostChecks = 20;

    /// <summary>What is a minute's in CloudWatch is kept for 15 days.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(7);

    private static readonly string[] s_own = ["5xx", "latency", "healthy_hosts"];

    private static readonly string[] s_bounds = ["max", "min", "worse_by"];

    /// <summary>What is measured: one of them.</summary>
    private static readonly string[] s_kinds = ["metric", "http", "script"];

    private static readonly string[] s_fields =
        [.. s_kinds, .. s_bounds, "namespace", "dimensions", "statistic", "percentile", "min_requests", "status"];

    private static readonly ValueCheck One = Checks.ExactFields(
        0,
        ("metric", Checks.TextLike("the name of a metric", "", text => text.Length is > 0 and <= 255)),
        ("namespace", Checks.TextLike(
            "a namespace such as Acme/Shop",
            "",
            text => text.Length is > 0 and <= 255 && text[0] != ':' && Shapes.IsOnly(text, "._-/#: "))),
        ("dimensions", AlarmChecks.Dimensions),
        ("statistic", Checks.OneOf("Average", "Sum", "Minimum", "Maximum", "SampleCount")),
        ("percentile", Checks.TextLike("a percentile such as p95 or p99.9", "", AlarmChecks.IsPercentile)),
        ("max", Checks.NumberFromZero),
        ("min", Checks.NumberFromZero),
        ("worse_by", Checks.NumberFromZero),
        ("min_requests", Checks.Integer(1, 1_000_000)),
        ("http", Checks.TextLike(
            "an address such as http://{{address}}:8080/health",
            "",
            text => Shapes.IsWebAddress(text.Replace("{{address}}", "192.0.2.1", StringComparison.Ordinal)))),
        ("status", Checks.Integer(100, 599)),
        ("script", Checks.TextLike(
            "a path inside the project's folder",
            "paths inside the project's folder",
            Shapes.IsProjectPath)))
        .And(ValueKind.Object, CheckOne);

    public static ValueCheck Canary { get; } = Checks.ExactFields(
        1,
        ("steps", Checks.ListOf(new ValueCheck("a step such as \"5% 10m\"", "steps such as \"5% 10m\"", (context, path, value) =>
        {
            if (value.Kind != ValueKind.String)
            {
                context.WrongType(path, value, "a step such as \"5% 10m\"");
            }
            else if (CanaryStep.TryParse(value.Text, out var problem) is not { } step)
            {
                Say(context, value, $"{path} {Quoting.Quote(value.Text)} {problem}.");
            }
            else if (step.Time > s_longest)
            {
                Say(context, value, $"{path} {Quoting.Quote(value.Text)} takes longer than {Text(s_longest.Days)} days.");
            }
        })).And(ValueKind.Array, CheckSteps)),
        ("checks", Checks.ListOf(One).And(ValueKind.Array, CheckCount)),
        ("quiet", Checks.OneOf("wait", "stop")));

    private static void CheckSteps(CheckContext context, string path, ManifestValue list)
    {
        var steps = list.Items.ToList();
        if (steps.Count is 0 or > MostSteps)
        {
            Say(context, list, steps.Count == 0 ? $"{path} has no step." : $"{path} has more than {Text(MostSteps)} steps.");
            return;
        }

        CanaryStep? before = null;
        for (var index = 0; index < steps.Count; index++)
        {
            if (steps[index].Kind != ValueKind.String || CanaryStep.TryParse(steps[index].Text, out _) is not { } step)
            {
                return; // it has been said
            }

            var isLast = index == steps.Count - 1;
            if (before is not null && step.Percent <= before.Percent)
            {
                Say(context, steps[index], $"{path} must rise: {Text(step.Percent)}% comes after {Text(before.Percent)}%.");
            }
            else if (isLast && step.Percent != CanaryStep.All)
            {
                Say(context, steps[index], $"{path} ends with {Text(step.Percent)}%: the last step must be 100%.");
            }
            else if (!isLast && step.Time == TimeSpan.Zero)
            {
                Say(context, steps[index], $"{path} {Quoting.Quote(steps[index].Text)} has no time: only the last step can do without.");
            }

            before = step;
        }

        if (steps is [var only] && before!.Time == TimeSpan.Zero)
        {
            Say(context, only, $"{path} {Quoting.Quote(only.Text)} is all at once, and without a time: nothing would be judged.");
        }
    }

    private static void CheckCount(CheckContext context, string path, ManifestValue list)
    {
        var checks = list.Items.ToList();
        if (checks.Count > MostChecks)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                checks[MostChecks],
                $"{path} has {Text(checks.Count)} checks; a canary has at most {Text(MostChecks)}.",
                "Keep those that a bad image would fail first.");
        }
    }

    private static void CheckOne(CheckContext context, string path, ManifestValue check)
    {
        var properties = check.Properties.ToList().Where(each => each.Value.Kind != ValueKind.Null).ToList();
        bool Has(string name) => properties.Exists(each => each.Name.Text == name);
        var kinds = properties.FindAll(each => s_kinds.Contains(each.Name.Text));
        if (kinds.Count != 1)
        {
            context.Diagnostics.Error(
                kinds.Count == 0 ? DiagnosticCode.BadValue : DiagnosticCode.Conflict,
                kinds.Count == 0 ? check : kinds[1].Name,
                kinds.Count == 0 ? $"{path} measures nothing." : $"{path} measures two things.",
                "Give it a \"metric\", or an \"http\" address, or a \"script\".");
            return;
        }

        if (kinds[0].Name.Text != "metric")
        {
            NeedFits(context, path, properties, kinds[0].Name.Text, kinds[0].Name.Text == "http" ? ["http", "status"] : ["script"]);
            return;
        }

        if (check.Find("metric"u8) is not { Kind: ValueKind.String } named)
        {
            return; // it has been said
        }

        var metric = named.Text;
        var isOwn = !Has("namespace");
        if (isOwn && !s_own.Contains(metric))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                named,
                $"{path}.metric {Quoting.Quote(metric)} is none that Baker knows.",
                DidYouMean.Suggest(metric, s_own, $"It is one of {string.Join(", ", s_own)}; any other needs its \"namespace\"."));
            return;
        }

        if (!s_bounds.Any(Has))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                check,
                $"{path} has no bound: it could never fail.",
                isOwn && metric == "healthy_hosts" ? "Give it \"min\" or \"worse_by\"." : "Give it \"max\" or \"worse_by\".");
        }

        string[] fits = metric switch
        {
            _ when !isOwn => ["namespace", "dimensions", "statistic", "percentile", "max", "min", "worse_by"],
            "5xx" => ["max", "worse_by", "min_requests"],
            "latency" => ["percentile", "max", "worse_by", "min_requests"],
            _ => ["min", "worse_by"],
        };
        NeedFits(context, path, properties, metric, ["metric", .. fits]);
        CheckBounds(context, path, check, isOwn ? metric : "");
        if (Has("statistic") && Has("percentile"))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                check.Find("percentile"u8)!.Value,
                $"{path} has a \"statistic\" and a \"percentile\".",
                "Remove one of them.");
        }

        if (!isOwn && Has("worse_by") && !TellsFleets(check))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                check.Find("worse_by"u8)!.Value,
                $"{path}.worse_by compares {Quoting.Quote(metric)} with itself: no dimension tells the new fleet from the old.",
                "Give one, such as \"dimensions\": {\"AutoScalingGroupName\": \"{{fleet}}\"}.");
        }
    }

    /// <summary>Bounds that nothing, or everything, is within.</summary>
    private static void CheckBounds(CheckContext context, string path, ManifestValue check, string own)
    {
        var (max, min, worse) = (Bound("max"), Bound("min"), Bound("worse_by"));
        if (own == "5xx")
        {
            foreach (var (name, bound) in new[] { ("max", max), ("worse_by", worse) })
            {
                if (bound is { Number: >= 100 } all)
                {
                    Bad(
                        all.Value,
                        $"{path}.{name} is {all.Value.Text} %, which no share is more than: it could never fail.",
                        "Write a percentage below 100, such as 1.");
                }
            }
        }

        if (own == "latency" && max is { Number: 0 } none)
        {
            Bad(none.Value, $"{path}.max is 0 ms: every request takes longer.", "Write milliseconds, such as 500.");
        }

        if (own == "healthy_hosts")
        {
            foreach (var (name, bound) in new[] { ("min", min), ("worse_by", worse) })
            {
                if (bound is { } hosts && hosts.Number != Math.Floor(hosts.Number))
                {
                    Bad(hosts.Value, $"{path}.{name} is {hosts.Value.Text}, and hosts are counted.", "Write a whole number.");
                }
            }
        }

        if (max is { } most && min is { } least && most.Number < least.Number)
        {
            Bad(
                least.Value,
                $"{path}.min is {least.Value.Text}, and max {most.Value.Text}: no number is within.",
                "Write a min that is at most max.");
        }

        (ManifestValue Value, double Number)? Bound(string name) =>
            check.Find(Encoding.UTF8.GetBytes(name)) is { Kind: ValueKind.Number } value
                && double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? (value, number) : null;

        void Bad(ManifestValue value, string words, string remedy) =>
            context.Diagnostics.Error(DiagnosticCode.BadValue, value, words, remedy);
    }

    private static void NeedFits(
        CheckContext context,
        string path,
        List<ValueProperty> properties,
        string measured,
        string[] fits)
    {
        foreach (var (name, _) in properties.Where(each => s_fields.Contains(each.Name.Text) && !fits.Contains(each.Name.Text)))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                name,
                $"{path}.{name.Text} means nothing for {Quoting.Quote(measured)}.",
                $"It has {string.Join(", ", fits)}.");
        }
    }

    private static bool TellsFleets(ManifestValue check) =>
        check.Find("dimensions"u8) is { Kind: ValueKind.Object } dimensions
        && dimensions.Properties.ToList().Any(each => each.Value.Kind == ValueKind.String
            && (each.Value.Text.Contains("{{fleet}}", StringComparison.Ordinal)
                || each.Value.Text.Contains("{{target_group}}", StringComparison.Ordinal)));

    private static void Say(CheckContext context, ManifestValue value, string words) =>
        context.Diagnostics.Error(DiagnosticCode.BadValue, value, words, Remedy);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
