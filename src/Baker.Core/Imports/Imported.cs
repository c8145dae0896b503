using System.Collections.Immutable;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>What was read of something that a team has already: a manifest, its files, and what became of each value.</summary>
public sealed record Imported
{
    /// <summary>The groups of the manifest, in order, by name.</summary>
    public required ImmutableArray<KeyValuePair<string, JObject>> Groups { get; init; }

    /// <summary>What belongs in <c>__settings__</c>.</summary>
    public required JObject Settings { get; init; }

    public required ImmutableArray<ImportedFile> Files { get; init; }

    public required ImmutableArray<ImportNote> Carried { get; init; }

    /// <summary>What could not be carried over.</summary>
    public required ImmutableArray<ImportNote> Left { get; init; }

    /// <summary>The manifest.</summary>
    /// <param name="schema">Where its schema is.</param>
    public string ManifestText(string schema)
    {
        var manifest = new JObject { ["$schema"] = schema, ["__settings__"] = Settings };
        foreach (var (name, attributes) in Groups)
        {
            manifest[name] = attributes;
        }

        return manifest.ToString(Formatting.Indented).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>What several drafts of one thing come to.</summary>
    public static Imported Of(IReadOnlyList<ImportDraft> drafts, JObject settings, IEnumerable<ImportNote>? left = null) => new()
    {
        Groups = [.. drafts.Select(draft => KeyValuePair.Create(draft.Group.ToString(), draft.Attributes))],
        Settings = settings,
        Files = [.. drafts.SelectMany(draft => draft.Files)],
        Carried = [.. drafts.SelectMany(draft => draft.Carried).Distinct()],
        Left = [.. drafts.SelectMany(draft => draft.Left).Concat(left ?? []).Distinct()],
    };
}
