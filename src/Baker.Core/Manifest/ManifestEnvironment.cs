using System.Collections.Immutable;

namespace Baker.Core.Manifest;

/// <summary>One of <c>__environments__</c>: what it lays over the base and the groups.</summary>
public sealed class ManifestEnvironment
{
    internal static readonly IReadOnlyDictionary<string, ManifestValue> NoResources =
        new Dictionary<string, ManifestValue>(StringComparer.Ordinal);

    private readonly Dictionary<GroupName, ManifestValue> _groups;

    internal ManifestEnvironment(EnvironmentName name, ManifestValue? baseValue, Dictionary<GroupName, ManifestValue> groups)
    {
        Name = name;
        Base = baseValue;
        _groups = groups;
    }

    public EnvironmentName Name { get; }

    /// <summary>Its <c>__base__</c>; null when it is missing or wrong.</summary>
    public ManifestValue? Base { get; }

    /// <summary>Its <c>__description__</c>.</summary>
    public string Description { get; internal init; } = "";

    /// <summary>Its <c>__cookbook_versions__</c>: a constraint for each cookbook, as Chef writes them.</summary>
    public ImmutableArray<KeyValuePair<string, string>> CookbookVersions { get; internal init; } = [];

    /// <summary>What it says of the resources around the fleets, by reserved key.</summary>
    public IReadOnlyDictionary<string, ManifestValue> Resources { get; internal init; } = NoResources;

    /// <summary>Whether the group is in it: each is that it does not leave out with <c>null</c>.</summary>
    public bool Has(GroupName group) => !_groups.TryGetValue(group, out var value) || value.Kind != ValueKind.Null;

    /// <summary>What it says of a group; null where nothing.</summary>
    public ManifestValue? Find(GroupName group) =>
        _groups.TryGetValue(group, out var value) && value.Kind != ValueKind.Null ? value : null;

    /// <summary>Where it leaves the group out.</summary>
    internal Position? LeftOutAt(GroupName group) => Has(group) ? null : _groups[group].Position;
}
