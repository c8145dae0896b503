using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Checks that what is given by architecture is given for those that the group is baked for, and that two do not share one image.
/// </summary>
internal static class ArchitectureChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        var listed = group.Find("architectures"u8) is { Kind: ValueKind.Array } found ? found : null;
        var wanted = new List<string>();
        foreach (var item in listed?.Items ?? [])
        {
            if (wanted.Contains(item.Value.Text))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    item.Value,
                    $"{group.Name} has the architecture {item.Value.Text} twice.",
                    "Keep one of them; a group's list is appended to its base's.");
                return;
            }

            wanted.Add(item.Value.Text);
        }

        CheckChannel(group, group.Find("image_channel"u8), wanted, diagnostics);
        CheckChannel(group, group.Find("source_channel"u8), wanted, diagnostics);
        CheckAttribute(group, group.Find("instance_type"u8), wanted, mustDiffer: true, diagnostics);
        CheckAttribute(group, group.Find("instance_types"u8), wanted, mustDiffer: true, diagnostics);
        CheckAttribute(group, group.Find("source_ami"u8), wanted, mustDiffer: true, diagnostics);
        CheckAttribute(group, group.Find("source_ami_parameter"u8), wanted, mustDiffer: true, diagnostics);
        CheckAttribute(group, group.Find("source_ami_filter"u8), wanted, mustDiffer: false, diagnostics);
    }

    private static void CheckChannel(MergedGroup group, MergedAttribute? channel, List<string> wanted, DiagnosticBag diagnostics)
    {
        if (channel is { Kind: ValueKind.String } named && wanted.Count > 1)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                named.Winner,
                $"{group.Name} is baked for {string.Join(" and ", wanted)}, and the channel of its {named.Name.Text} points at one image.",
                $"Write \"{named.Name.Text}\": null, or make a group of each architecture.");
        }
    }

    private static void CheckAttribute(
        MergedGroup group,
        MergedAttribute? attribute,
        List<string> wanted,
        bool mustDiffer,
        DiagnosticBag diagnostics)
    {
        if (attribute is not { } value || value.Kind == ValueKind.Null)
        {
            return;
        }

        var name = value.Name.Text;
        if (!MachineArchitectures.AreKeysOf(value.Winner))
        {
            if (mustDiffer && wanted.Count > 1)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    value.Winner,
                    $"{group.Name} is baked for {string.Join(" and ", wanted)}, and its {name} is for one architecture.",
                    $"Write \"{name}\": {{{string.Join(", ", wanted.Select(each => $"\"{each}\": …"))}}}.");
            }

            return;
        }

        var given = value.Properties.Select(property => property.Name.Text).ToList();
        if (wanted.Count == 0)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                value.Winner,
                $"{group.Name} gives {name} by architecture, and no architectures.",
                $"Write \"architectures\": [{string.Join(", ", given.Select(each => $"\"{each}\""))}].");
        }
        else if (wanted.Except(given, StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                value.Winner,
                $"{group.Name} is baked for {missing}, and its {name} has none for it.",
                $"Add \"{missing}\" to it, or take it out of architectures.");
        }
    }
}
