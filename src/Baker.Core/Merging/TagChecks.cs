using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks that a group's own tags say nothing else than those by which everything tells whose it is.</summary>
internal static class TagChecks
{
    private const string Group = "group";

    public static void Check(MergedGroup group, Settings settings, DiagnosticBag diagnostics)
    {
        Check(group, group.Find("tags"u8), settings, diagnostics);
        Check(group, group.Find("snapshot_tags"u8), settings, diagnostics);
    }

    private static void Check(MergedGroup group, MergedAttribute? found, Settings settings, DiagnosticBag diagnostics)
    {
        if (found is not { Kind: ValueKind.Object } tags)
        {
            return;
        }

        var own = new NodeTagging(settings.EnvironmentTag, settings.TypeTag, null)
            .Of(group.Name, group.Environment?.Name)
            .Append(new(Group, group.Name))
            .ToList();
        foreach (var tag in tags.Properties.Where(tag => tag.Value.Kind == ValueKind.String))
        {
            if (own.Find(each => each.Key == tag.Name.Text) is { Key: { } key, Value: var value } && tag.Value.Text != value)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    tag.Name,
                    $"{group.Name} has the tag {key} in its {tags.Name.Text}, and Baker writes it on all that is the group's: "
                        + $"{Quoting.Quote(value)}.",
                    key == Group
                        ? "Remove it, or give yours another key."
                        : $"Remove it, or name another in __settings__.{(key == settings.TypeTag ? "type_tag" : "environment_tag")}.");
            }
        }
    }
}
