using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>What a region holds of the groups asked about.</summary>
/// <param name="Images">Newest first.</param>
/// <param name="Orphans">Finished snapshots of the groups that no image of the groups has any more; another image may.</param>
/// <param name="SnapshotUsers">Which images have which snapshot, those of nobody's group too.</param>
public sealed record CatalogRegion(
    string Region,
    ImmutableArray<CatalogImage> Images,
    ImageUsers Users,
    ImmutableArray<CatalogSnapshot> Orphans,
    SnapshotUsers SnapshotUsers)
{
    /// <summary>Without the images that another environment has baked or found to be its own; without an environment, all.</summary>
    public CatalogRegion Of(EnvironmentName? environment) => environment is not { } name ? this : this with
    {
        Images = [.. Images.Where(image => image.Environments.All(each => each == name))],
    };
}
