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
        AllGroups = groups;
        Groups = groups;
        Bag = diagnostics;
        _byName = new(() => groups.ToDictionary(group => group.Name));
    }

    private NodeManifest(NodeManifest other, ManifestEnvironment? environment)
    {
        Source = other.Source;
        Settings = other.Settings;
        BaseEntry = other.BaseEntry;
        Base = other.Base;
        AllGroups = other.AllGroups;
        EnvironmentsEntry = other.EnvironmentsEntry;
        Environments = other.Environments;
        Resources = other.Resources;
        Environment = environment;
        Groups = environment is null || AllGroups.All(group => environment.Has(group.Name))
            ? AllGroups
            : [.. AllGroups.Where(group => environment.Has(group.Name))];
        Bag = other.Bag;
        _byName = other._byName;
    }

    public SourceText Source { get; }

    public Settings Settings { get; }

    public OutlineEntry? BaseEntry { get; }

    /// <summary><c>__base__</c>; null when it is missing or wrong.</summary>
    public ManifestValue? Base { get; }

    /// <summary>What the top level says of the resources around the fleets, by reserved key.</summary>
    public IReadOnlyDictionary<string, ManifestValue> Resources { get; internal init; } = ManifestEnvironment.NoResources;

    public OutlineEntry? EnvironmentsEntry { get; internal init; }

    /// <summary>The environments in document order; none where the manifest has no <c>__environments__</c>.</summary>
    public IReadOnlyList<ManifestEnvironment> Environments { get; internal init; } = [];

    /// <summary>The environment that its groups are read in; null where that is none.</summary>
    public ManifestEnvironment? Environment { get; }

    /// <summary>The groups in document order; in an environment, those that it does not leave out.</summary>
    public IReadOnlyList<GroupEntry> Groups { get; }

    /// <summary>All groups at the top level, in document order.</summary>
    public IReadOnlyList<GroupEntry> AllGroups { get; }

    /// <summary>What is wrong with everything but the groups' values.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => Bag.All;

    /// <summary>Whether one of them is an error.</summary>
    public bool HasErrors => Bag.HasErrors;

    internal DiagnosticBag Bag { get; }

    /// <summary>The same manifest, whose groups are read in that environment, or in none.</summary>
    public NodeManifest In(ManifestEnvironment? environment) =>
        environment == Environment ? this : new NodeManifest(this, environment);

    /// <summary>The group of that name, also one that the environment leaves out; null where there is none.</summary>
    public GroupEntry? Find(GroupName name) => _byName.Value.TryGetValue(name, out var entry) ? entry : null;
}
