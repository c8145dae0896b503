using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Removes a channel of one region.</summary>
public sealed record DemotionStep(GroupName Group, string Channel, string Region, string ImageId) : ChangeStep
{
    public override string Key => $"{Region}/{Channel}";

    public override string Text => $"remove {Group}:{Channel} in {Region}, which points at {ImageId}";
}
