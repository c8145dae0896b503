namespace Baker.Core.Manifest;

/// <summary>Reads the frame of a manifest: its top-level keys, <c>__settings__</c>, <c>__base__</c> and <c>__environments__</c>.</summary>
public static class ManifestReader
{
    private static readonly string[] s_taken = ["config", "env", "images", "services"];
    private static readonly string[] Reserved = ["__base__", "__environments__", "__settings__", .. ResourceTable.Names];

    public static NodeManifest Read(SourceText source)
    {
        var diagnostics = new DiagnosticBag(source);
        if (!CheckEncoding(source, diagnostics))
        {
            return new NodeManifest(source, new Settings(), null, null, [], diagnostics);
        }

        var entries = OutlineReader.Read(source, diagnostics);
        var groups = new List<GroupEntry>(entries.Count);
        OutlineEntry? baseEntry = null;
        OutlineEntry? settingsEntry = null;
        OutlineEntry? environmentsEntry = null;
        var resources = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        var seen = new Dictionary<string, int>(entries.Count, GroupNameComparer.Instance);
        foreach (var entry in entries)
        {
            if (!seen.TryAdd(entry.Key, entry.KeyOffset))
            {
                ReportSecond(entry, seen[entry.Key], groups, diagnostics);
                continue;
            }

            switch (entry.Key)
            {
                case "__base__":
                    baseEntry = entry;
                    break;
                case "__settings__":
                    settingsEntry = entry;
                    break;
                case "__environments__":
                    environmentsEntry = entry;
                    break;
                case "$schema":
                    break;
                case { } key when ResourceTable.Has(key):
                    if (Parse(source, entry, diagnostics) is { } given
                        && ResourceTable.Read(key, key, given, diagnostics) is { } section)
                    {
                        resources.Add(key, section);
                    }

                    break;
                default:
                    if (CheckName(entry, diagnostics))
                    {
                        groups.Add(new GroupEntry(GroupName.Parse(entry.Key), entry.KeyOffset, entry.Start, entry.End));
                    }

                    break;
            }
        }

        var settings = SettingsReader.Read(Parse(source, settingsEntry, diagnostics), diagnostics);
        var baseValue = Parse(source, baseEntry, diagnostics);
        if (baseValue is { } value && !GroupChecks.CheckLayer("__base__", value, diagnostics))
        {
            baseValue = null;
        }

        var environments = EnvironmentsReader.Read(Parse(source, environmentsEntry, diagnostics), groups, diagnostics);
        if (settings.Environment is { } chosen && environments.All(environment => environment.Name != chosen.Text))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                chosen,
                $"__settings__.environment is {Quoting.Quote(chosen.Text)}, and the manifest has no such environment.",
                DidYouMean.Suggest(
                    chosen.Text,
                    environments.Select(environment => environment.Name.ToString()),
                    "Name one of __environments__."));
        }

        return new NodeManifest(source, settings, baseEntry, baseValue, groups, diagnostics)
        {
            EnvironmentsEntry = environmentsEntry,
            Environments = environments,
            Resources = resources,
        };
    }

    private static ManifestValue? Parse(SourceText source, OutlineEntry? entry, DiagnosticBag diagnostics) =>
        entry is { } found ? ValueParser.Parse(new ValueTape(source), found.Start, found.End, diagnostics) : null;

    private static void ReportSecond(OutlineEntry entry, int first, List<GroupEntry> groups, DiagnosticBag diagnostics)
    {
        var at = diagnostics.PositionOf(first);
        var same = groups.Any(group => group.Name == entry.Key)
            || Shapes.IsReserved(entry.Key)
            || entry.Key == "$schema"
            || !GroupName.IsOne(entry.Key);
        if (same)
        {
            diagnostics.Error(
                DiagnosticCode.DuplicateKey,
                entry.KeyOffset,
                $"The key {Quoting.Quote(entry.Key)} stands here a second time; the first is at {at}.",
                "Remove one of them, or merge their values.");
        }
        else
        {
            diagnostics.Error(
                DiagnosticCode.BadName,
                entry.KeyOffset,
                $"The group {Quoting.Quote(entry.Key)} differs from the one at {at} only by upper and lower case or by '.', '-' and '_'.",
                "Rename one: they would share files on macOS and Windows, their Chef role and their Ansible group.");
        }
    }

    private static bool CheckName(OutlineEntry entry, DiagnosticBag diagnostics)
    {
        if (s_taken.Contains(entry.Key))
        {
            diagnostics.Error(
                DiagnosticCode.BadName,
                entry.KeyOffset,
                $"No group can be called {Quoting.Quote(entry.Key)}: what Baker keeps on the cloud has that name.",
                $"Rename it: \"{entry.Key}-1\" would do.");
            return false;
        }

        if (GroupName.IsOne(entry.Key))
        {
            return true;
        }

        if (Shapes.IsReserved(entry.Key))
        {
            diagnostics.Error(
                DiagnosticCode.ReservedKey,
                entry.KeyOffset,
                $"{Quoting.Quote(entry.Key)} is no reserved key that Baker knows.",
                DidYouMean.Suggest(
                    entry.Key,
                    Reserved,
                    $"The reserved keys are {string.Join(", ", Reserved)}; a group's name has no leading underscores."));
        }
        else
        {
            diagnostics.Error(
                DiagnosticCode.BadName,
                entry.KeyOffset,
                $"{Quoting.Quote(entry.Key)} cannot be the name of a group.",
                DidYouMean.Nearest(entry.Key, Reserved) is { } near && entry.Key.StartsWith('_')
                    ? $"Did you mean \"{near}\"?"
                    : "Start with a letter or digit; use only letters, digits, '.', '_' and '-'; at most 63 characters.");
        }

        return false;
    }

    private static bool CheckEncoding(SourceText source, DiagnosticBag diagnostics)
    {
        var bytes = source.Bytes;
        var offset = source.FirstInvalid();
        if (offset < 0)
        {
            return true;
        }

        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            diagnostics.Error(DiagnosticCode.Encoding, 0, "The manifest is UTF-16, not UTF-8.", "Save it as UTF-8.");
            return false;
        }

        diagnostics.Error(
            DiagnosticCode.Encoding,
            offset,
            $"The byte 0x{bytes[offset]:X2} at offset {offset} is not UTF-8.",
            "Save the manifest as UTF-8.");
        return false;
    }
}
