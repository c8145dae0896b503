using System.Collections.Immutable;
using Baker.Cloud;
using Baker.Cloud.Images.Catalog;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Commands.Images;

/// <summary>Reads the catalogue of the groups where their images are: in their own region and in those they are copied to.</summary>
internal static class CatalogReading
{
    /// <param name="account">The other account that <paramref name="cloud"/> is seen by.</param>
    public static Task<ImmutableArray<CatalogRegion>> ReadAsync(
        CloudSession cloud,
        IEnumerable<NodeGroup> groups,
        bool withOrphans,
        CancellationToken stop,
        OtherAccount? account = null)
    {
        var places = groups
            .SelectMany(group => (account?.RegionsFor(group.Regions) ?? group.Regions).Select(region => (Region: region, group.Name)))
            .ToLookup(place => place.Region, place => place.Name.ToString());
        return new ImageCatalog(cloud).ReadAsync(places, withOrphans, stop);
    }
}
