using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// The resources around the fleets, with what an environment says instead: as objects everywhere, the environment's key
/// replaces that of the top level whole, and <c>null</c> removes.
/// </summary>
public sealed class MergedResources
{
    private readonly Dictionary<string, List<ResourceEntry>> _sections = new(StringComparer.Ordinal);

    private MergedResources(NodeManifest manifest, ManifestEnvironment? environment)
    {
        Environment = environment?.Name.ToString();
        BaseRegion = RegionOf(environment?.Base) ?? RegionOf(manifest.Base) ?? "us-east-1";
        foreach (var section in ResourceTable.Names)
        {
            _sections.Add(section, Merge(Layer(manifest.Resources, section), Layer(environment?.Resources, section)));
        }
    }

    /// <summary>The environment's name; null where they are those of no environment.</summary>
    public string? Environment { get; }

    /// <summary>Where a resource is that does not say where.</summary>
    public string BaseRegion { get; }

    public IReadOnlyList<ResourceEntry> SecurityGroups => _sections[ResourceTable.SecurityGroups];

    public IReadOnlyList<ResourceEntry> Balancers => _sections[ResourceTable.Balancers];

    public IReadOnlyList<ResourceEntry> Topics => _sections[ResourceTable.Topics];

    public IReadOnlyList<ResourceEntry> Datastores => _sections[ResourceTable.Datastores];

    public static MergedResources Of(NodeManifest manifest, ManifestEnvironment? environment) => new(manifest, environment);

    public ResourceEntry? Balancer(string name) => Find(Balancers, name);

    public ResourceEntry? SecurityGroup(string name) => Find(SecurityGroups, name);

    public ResourceEntry? Topic(string name) => Find(Topics, name);

    public ResourceEntry? Datastore(string name) => Find(Datastores, name);

    public string Region(ResourceEntry resource) => resource.Text("region"u8) ?? BaseRegion;

    /// <summary>What a resource is called on the cloud: what it says, or its key behind the environment's name.</summary>
    public string NameOf(ResourceEntry resource) => resource.Text("name"u8) ?? ResourceNames.Of(Environment, resource.Name);

    /// <summary>What a balancer is called on the cloud: an existing one as its key, for it is in no environment of Baker's.</summary>
    public string BalancerName(ResourceEntry balancer) => balancer.Text("name"u8)
        ?? (balancer.IsTrue("existing"u8) ? balancer.Name : ResourceNames.Plain(ResourceNames.Of(Environment, balancer.Name)));

    /// <summary>What the target group of a balancer's group is called on the cloud.</summary>
    public string TargetGroupName(ResourceEntry balancer, string group) =>
        ResourceValues.Properties(balancer.Value.Find("targets"u8))
            .Where(target => target.Name.Text == group)
            .Select(target => target.Value.Kind == ValueKind.Object && target.Value.Find("name"u8) is { Kind: ValueKind.String } name
                ? name.Text
                : null)
            .FirstOrDefault()
        ?? ResourceNames.Plain(ResourceNames.Of(Environment, group == balancer.Name ? group : $"{balancer.Name}-{group}"));

    private static ResourceEntry? Find(IReadOnlyList<ResourceEntry> entries, string name) =>
        entries.FirstOrDefault(entry => entry.Name == name);

    private static string? RegionOf(ManifestValue? layer) =>
        layer?.Find("region"u8) is { Kind: ValueKind.String } region ? region.Text : null;

    private static ManifestValue? Layer(IReadOnlyDictionary<string, ManifestValue>? layer, string section) =>
        layer is not null && layer.TryGetValue(section, out var found) ? found : null;

    private static List<ResourceEntry> Merge(ManifestValue? lower, ManifestValue? upper)
    {
        var merged = new List<ResourceEntry>();
        if (upper is not { Kind: ValueKind.Null })
        {
            merged.AddRange(Entries(lower));
        }

        foreach (var entry in Entries(upper))
        {
            var index = merged.FindIndex(each => each.Name == entry.Name);
            if (index < 0)
            {
                merged.Add(entry);
            }
            else
            {
                merged[index] = entry;
            }
        }

        merged.RemoveAll(entry => entry.Value.Kind != ValueKind.Object);
        return merged;
    }

    private static IEnumerable<ResourceEntry> Entries(ManifestValue? section) =>
        ResourceValues.Properties(section).Select(property => new ResourceEntry(property.Name, property.Value));
}
