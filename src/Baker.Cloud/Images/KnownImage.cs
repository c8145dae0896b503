using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.Cloud.Runs;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images;

/// <summary>An image that Baker made, by its tags.</summary>
internal sealed record KnownImage(
    string Id,
    string Name,
    string State,
    string? Group,
    string? Run,
    string? Fingerprint,
    string? TemplateHash,
    Lease? Lease,
    ImmutableArray<string> SnapshotIds)
{
    public bool IsAvailable => State == "available";

    /// <summary>What is known of its tests; null where it was not tested.</summary>
    public Verification? Verification { get; private init; }

    /// <summary>The environments that have baked it or found it to be theirs, as its tag has them.</summary>
    public string Environments { get; private init; } = "";

    public bool IsFailed => State is not ("available" or "pending");

    public static KnownImage Of(Image image)
    {
        var tags = (image.Tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        return new KnownImage(
            image.ImageId,
            image.Name,
            image.State?.Value ?? "",
            tags.GetValueOrDefault(BakerTags.Group),
            tags.GetValueOrDefault(BakerTags.Run),
            tags.GetValueOrDefault(BakerTags.Fingerprint),
            tags.GetValueOrDefault(BakerTags.Template),
            Lease.Parse(tags.GetValueOrDefault(BakerTags.Lease)),
            [.. (image.BlockDeviceMappings ?? []).Select(mapping => mapping.Ebs?.SnapshotId).OfType<string>().Where(id => id.Length > 0)])
        {
            Environments = tags.GetValueOrDefault(BakerTags.Environment) ?? "",
            Verification = Verification.Parse(tags.GetValueOrDefault(BakerTags.Verification)),
        };
    }
}
