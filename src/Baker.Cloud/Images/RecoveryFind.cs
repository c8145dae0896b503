using Amazon.EC2.Model;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Images;

/// <summary>Something that Baker made in a region, as its tags tell.</summary>
internal sealed record RecoveryFind(string Id, string Group, string Run, Lease? Lease)
{
    /// <summary>An instance that a failed bake left for a look, or what lets in to one.</summary>
    public bool IsKept { get; private init; }

    /// <summary>Of a kept instance with which the next bake goes on: what it was before its first step, as a hash.</summary>
    public string? Retry { get; private init; }

    /// <summary>Of an instance: the environment that it bakes for; null where that is none.</summary>
    public string? Environment { get; private init; }

    public string? Architecture { get; private init; }

    /// <summary>Of an instance: EC2's word.</summary>
    public string State { get; private init; } = "";

    /// <summary>Of an instance: the image that it was launched from.</summary>
    public string? SourceImageId { get; private init; }

    /// <summary>Of an instance: the volumes that outlive it.</summary>
    public IReadOnlyList<string> KeptVolumes { get; private init; } = [];

    public static RecoveryFind Of(Instance instance) => Of(instance.InstanceId, instance.Tags) with
    {
        Architecture = instance.Architecture?.Value,
        State = instance.State?.Name?.Value ?? "",
        SourceImageId = instance.ImageId,
        KeptVolumes = [.. (instance.BlockDeviceMappings ?? [])
            .Where(mapping => mapping.Ebs?.DeleteOnTermination == false)
            .Select(mapping => mapping.Ebs.VolumeId)],
    };

    public static RecoveryFind Of(string id, List<Tag>? tags)
    {
        var values = (tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        return new RecoveryFind(
            id,
            values.GetValueOrDefault(BakerTags.Group, ""),
            values.GetValueOrDefault(BakerTags.Run, ""),
            Lease.Parse(values.GetValueOrDefault(BakerTags.Lease)))
        {
            Environment = values.GetValueOrDefault(BakerTags.Environment),
            Retry = values.GetValueOrDefault(BakerTags.Retry),
            IsKept = values.GetValueOrDefault(BakerTags.Purpose) == BakerTags.Kept,
        };
    }
}
