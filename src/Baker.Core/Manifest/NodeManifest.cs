namespace Baker.Core.Manifest;

/// <summary>A manifest that was read: its settings, its base, and where its groups are. Its groups are read one by one,
/// by a <see cref="GroupReader"/>.</summary>
public sealed class NodeManifest
{
    private readonly Lazy<Dictionary<GroupName, GroupEntry>> _byName;

    internal NodeManifest(
        SourceText source,
        Settings settings,
        OutlineEntry? baseEntry,
        ManifestValue? baseValue,
        IReadOnlyList<GroupEntry> groups,
        DiagnosticBag diagnostics)
    {
        Source = source;
        Settings = settings;
        BaseEntry = baseEntry;
        Base = baseValue;
        Groups = groups;
        Bag = diagnostics;
        _byName = new(() => groups.ToDictionary(group => group.Name));
    }

    public SourceText Source { get; }

    public Settings Settings { get; }

    public OutlineEntry? BaseEntry { get; }

    /// <summary><c>__base__</c>; null when it is missing or wrong.</summary>
    public ManifestValue? Base { get; }

    /// <summary>The groups in document order.</summary>
    public IReadOnlyList<GroupEntry> Groups { get; }

    /// <summary>What is wrong with everything but the groups' values.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => Bag.All;

    /// <summary>Whether one of them is an error.</summary>
    public bool HasErrors => Bag.HasErrors;

    internal DiagnosticBag Bag { get; }

    /// <summary>The group of that name; null where there is none.</summary>
    public GroupEntry? Find(GroupName name) => _byName.Value.TryGetValue(name, out var entry) ? entry : null;
}
