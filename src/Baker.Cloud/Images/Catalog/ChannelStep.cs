using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Points a channel of one region at an image.</summary>
/// <param name="Before">What it points at now; null where it is new.</param>
public sealed record ChannelStep(GroupName Group, string Channel, string Region, string ImageId, string ImageName, string? Before)
    : ChangeStep
{
    public override string Key => $"{Region}/{Channel}";

    public override string Text =>
        $"point {Group}:{Channel} in {Region} at {ImageId} \"{ImageName}\" ({(Before is null ? "it is new" : $"it is {Before} now")})";
}
