using System.Collections.Immutable;
using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Which images of a region have which snapshot: more than one where somebody registered an image from a snapshot of
/// another.
/// </summary>
public sealed class SnapshotUsers
{
    private readonly Dictionary<string, ImmutableSortedDictionary<string, string>> _names = new(StringComparer.Ordinal);

    /// <summary>The ids of the images that have a snapshot, each with its name.</summary>
    public ImmutableSortedDictionary<string, string> Of(string snapshotId) =>
        _names.GetValueOrDefault(snapshotId, ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal));

    public void Add(string snapshotId, string imageId, string name) => _names[snapshotId] = Of(snapshotId).SetItem(imageId, name);

    internal void Add(Image image)
    {
        foreach (var snapshot in (image.BlockDeviceMappings ?? [])
            .Select(mapping => mapping.Ebs?.SnapshotId)
            .Where(id => !string.IsNullOrEmpty(id))
            .OfType<string>())
        {
            Add(snapshot, image.ImageId, image.Name ?? "");
        }
    }
}
