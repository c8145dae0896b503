using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks what only the merged group shows: attributes that exclude each other, numbers that contradict each other.</summary>
internal static class MergedChecks
{
    private static readonly string[] s_sources = ["source_ami", "source_ami_filter", "source_ami_parameter", "source_group"];
    private static readonly string[] s_userData = ["user_data", "user_data_file"];

    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        Exclusive(group, diagnostics, s_sources);
        Exclusive(group, diagnostics, s_userData);
        ImageChecks.Check(group, diagnostics);
        DeviceChecks.Check(group, diagnostics);
        CodeChecks.Check(group, diagnostics);
        CommunicatorChecks.Check(group, diagnostics);
        RunListChecks.Check(group, diagnostics);
        ConfigChecks.Check(group, diagnostics);
        ArchitectureChecks.Check(group, diagnostics);
        if (group.Find("autoscale"u8) is { Kind: ValueKind.Object } autoscale)
        {
            CheckSizes(group, autoscale, diagnostics);
            ScheduleSizeChecks.Check(group, autoscale, diagnostics);
        }
    }

    private static void Exclusive(MergedGroup group, DiagnosticBag diagnostics, string[] names)
    {
        MergedAttribute? first = null;
        foreach (var attribute in group.Attributes)
        {
            if (!Contains(names, attribute.Name))
            {
                continue;
            }

            if (first is not { } other)
            {
                first = attribute;
                continue;
            }

            // The place is that of the higher layer, for the lower one may be right for the others.
            var isLower = attribute.Layer == Layer.Base || attribute.Layer < other.Layer;
            var (here, there) = isLower ? (other, attribute) : (attribute, other);
            diagnostics.Error(
                DiagnosticCode.Conflict,
                here.Winner,
                $"{group.Name} has {here.Name.Text} here and also {there.Name.Text} at {there.Winner.Position}; only one of them can hold.",
                there.Layer < here.Layer
                    ? $"Write \"{there.Name.Text}\": null in {group.NameOf(here.Layer)} to drop what it inherits."
                    : "Remove one of them.");
            return;
        }
    }

    private static bool Contains(ReadOnlySpan<string> names, ManifestValue name)
    {
        foreach (var candidate in names)
        {
            if (candidate.Length == name.Raw.Length && candidate == name.Text)
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckSizes(MergedGroup group, MergedAttribute autoscale, DiagnosticBag diagnostics)
    {
        var (min, desired, max) = (autoscale.Find("node_min"u8), autoscale.Find("node_desired"u8), autoscale.Find("node_max"u8));
        InOrder(group, diagnostics, "node_min", min, "node_max", max);
        InOrder(group, diagnostics, "node_min", min, "node_desired", desired);
        InOrder(group, diagnostics, "node_desired", desired, "node_max", max);
        if (autoscale.Find("canary"u8) is { Kind: ValueKind.Object } canary
            && canary.Find("checks"u8) is { Kind: ValueKind.Array } checks)
        {
            foreach (var check in checks.Items)
            {
                if (check.Kind == ValueKind.Object
                    && check.Find("metric"u8) is { Kind: ValueKind.String } metric
                    && metric.TextEquals("healthy_hosts"u8)
                    && check.Find("namespace"u8) is null)
                {
                    InOrder(group, diagnostics, "healthy_hosts' min", check.Find("min"u8), "node_max", max);
                }
            }
        }
    }

    private static void InOrder(
        MergedGroup group,
        DiagnosticBag diagnostics,
        string lowName,
        ManifestValue? low,
        string highName,
        ManifestValue? high)
    {
        if (low is { } smaller
            && high is { } larger
            && smaller.TryGetInteger(out var least)
            && larger.TryGetInteger(out var most)
            && least > most)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                smaller,
                $"{group.Name} has {lowName} {least}, which is above its {highName} {most} at {larger.Position}.",
                $"Make {lowName} at most {highName}.");
        }
    }
}
