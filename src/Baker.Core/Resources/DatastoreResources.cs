using System.Collections.Immutable;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Resources;

/// <summary>What nodes are given of the datastores that their groups use: in each region that has such groups.</summary>
public static class DatastoreResources
{
    /// <summary>The datastores that some of the groups use.</summary>
    public static ImmutableArray<Datastore> UsedBy(IEnumerable<NodeGroup> groups, MergedResources resources) =>
    [
        .. groups.SelectMany(group => group.Uses)
            .Distinct()
            .Select(resources.Datastore)
            .OfType<ResourceEntry>()
            .Select(entry => Of(entry, resources.Region(entry))),
    ];

    /// <summary>What it is in its environment: in another region than the environment's own, with that.</summary>
    public static string KeyOf(string name, string region, string homeRegion) => region == homeRegion ? name : $"{name}@{region}";

    internal static IEnumerable<Resource> Of(IReadOnlyList<NodeGroup> groups, MergedResources resources)
    {
        foreach (var datastore in UsedBy(groups, resources))
        {
            foreach (var region in groups.Where(group => group.Uses.Contains(datastore.Name)).Select(group => group.Region).Distinct())
            {
                var key = KeyOf(datastore.Name, region, resources.BaseRegion);
                yield return new Resource(ResourceKind.Endpoints, key, region, datastore.Name)
                {
                    Values = DatastoreEndpoints.Fields.Aggregate(
                        Resource.Empty.SetItem("store", datastore.Words),
                        (values, field) => values.SetItem(field, Reference.Datastore(datastore.Name, field))),
                };
            }
        }
    }

    private static Datastore Of(ResourceEntry entry, string region)
    {
        foreach (var kind in new[] { Datastore.Rds, Datastore.ElastiCache, Datastore.Redshift })
        {
            if (entry.Text(System.Text.Encoding.UTF8.GetBytes(kind)) is { } id)
            {
                return new Datastore(entry.Name, kind, id, region);
            }
        }

        return new Datastore(entry.Name, Datastore.Host, entry.Text("host"u8)!, region)
        {
            Port = entry.Value.Find("port"u8) is { Kind: ValueKind.Number } port && port.TryGetInteger(out var number) ? (int)number : null,
        };
    }
}
