using System.Collections.Immutable;

namespace Baker.Cloud.Images;

/// <summary>A copy of the finished image in another region.</summary>
internal sealed record ImageCopy(string Region, string ImageId)
{
    public ImmutableArray<string> SnapshotIds { get; set; } = [];
}
