using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks the group whose image a group starts from: it is there, in the same region, and no line of them leads back.</summary>
internal static class AncestryChecks
{
    public static void Check(MergedGroup group, NodeManifest manifest, DiagnosticBag diagnostics)
    {
        if (group.Find("source_channel"u8) is { Kind: ValueKind.String } channel
            && group.Find("source_group"u8) is not { Kind: ValueKind.String })
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                channel.Winner,
                $"{group.Name} has a source_channel and no source_group, whose channel that would be.",
                "Name the group in source_group, or remove the channel.");
        }

        if (group.Find("source_group"u8) is not { Kind: ValueKind.String } source || !GroupName.IsOne(source.Winner.Text))
        {
            return;
        }

        if (manifest.Find(GroupName.Parse(source.Winner.Text)) is not { } parent)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                source.Winner,
                $"{group.Name} starts from the image of {Quoting.Quote(source.Winner.Text)}, and there is no such group.",
                DidYouMean.Suggest(
                    source.Winner.Text,
                    manifest.Groups.Select(entry => entry.Name.ToString()),
                    "Add the group, or correct the name."));
            return;
        }

        if (Line(group, parent, manifest) is { } line)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                source.Winner,
                $"{group.Name} starts from its own image: {line}.",
                source.Layer == Layer.Base
                    ? $"Write \"source_group\": null in {group.Name}, and name its image with source_ami, for example."
                    : "Let one of them start from another image.");
            return;
        }

        CheckRegion(group, source, parent, manifest, diagnostics);
    }

    /// <summary>The way from a group to itself, in words; null where there is none.</summary>
    private static string? Line(MergedGroup group, GroupEntry parent, NodeManifest manifest)
    {
        var names = new List<string> { group.Name };
        for (GroupEntry? next = parent; next is { } entry; next = ParentOf(entry, manifest, group.Environment))
        {
            var name = entry.Name.ToString();
            if (name == group.Name)
            {
                return string.Join(" from ", names.Append(name));
            }

            if (names.Contains(name))
            {
                return null; // a circle of others: each of them is told
            }

            names.Add(name);
        }

        return null;
    }

    private static GroupEntry? ParentOf(GroupEntry entry, NodeManifest manifest, ManifestEnvironment? environment) =>
        Merged(entry, manifest, environment)?.Find("source_group"u8) is { Kind: ValueKind.String } source
        && GroupName.IsOne(source.Winner.Text)
            ? manifest.Find(GroupName.Parse(source.Winner.Text))
            : null;

    private static void CheckRegion(
        MergedGroup group,
        MergedAttribute source,
        GroupEntry parent,
        NodeManifest manifest,
        DiagnosticBag diagnostics)
    {
        if (Merged(parent, manifest, group.Environment) is not { } merged
            || RegionOf(group) is not { } region
            || RegionOf(merged) is not { } home
            || region == home)
        {
            return;
        }

        var copies = merged.Find("ami_regions"u8) is { Kind: ValueKind.Array } list ? list.Items.Select(item => item.Value) : [];
        if (!copies.Any(copy => copy.Kind == ValueKind.String && copy.Text == region))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                source.Winner,
                $"{group.Name} is baked in {region}, and {parent.Name}, whose image it starts from, has none there.",
                $"Write \"ami_regions\": [\"{region}\"] in {parent.Name}, or bake both in one region.");
        }
    }

    /// <summary>Null where it is no text, which is told elsewhere.</summary>
    public static string? RegionOf(MergedGroup group) => group.Find("region"u8) switch
    {
        null => "us-east-1",
        { Kind: ValueKind.String } region => region.Winner.Text,
        _ => null,
    };

    /// <summary>A group as it is in an environment, unchecked; null where it is no object.</summary>
    public static MergedGroup? Merged(GroupEntry entry, NodeManifest manifest, ManifestEnvironment? environment)
    {
        // What is wrong with it is told where it is read itself.
        if (ValueParser.Parse(new ValueTape(manifest.Source), entry.Start, entry.End, new DiagnosticBag(manifest.Source)) is not
            { Kind: ValueKind.Object } value)
        {
            return null;
        }

        var merged = new MergedGroup();
        merged.Fill(entry, manifest, value, environment);
        return merged;
    }
}
