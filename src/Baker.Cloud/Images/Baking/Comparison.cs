using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Baking;

/// <summary>A group as it stands against the cloud.</summary>
/// <param name="CurrentImageId">The finished image with this fingerprint; null where there is none, or none is wanted.</param>
public sealed record Comparison(BakeInput Input, string SourceImageId, string Fingerprint, string? CurrentImageId)
{
    /// <summary>Such an image that has not passed the group's tests as they are now.</summary>
    public string? UnverifiedImageId { get; init; }
}
