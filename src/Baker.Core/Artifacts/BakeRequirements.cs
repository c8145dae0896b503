using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>What a group must say before an image can be made of it, whichever engine does.</summary>
public static class BakeRequirements
{
    public static void Check(GroupName group, bool hasSource, bool hasInstanceType)
    {
        if (Lack(group, hasSource, hasInstanceType) is { } lack)
        {
            throw lack;
        }
    }

    /// <summary>What is not said; null where all is.</summary>
    public static BakerException? Lack(GroupName group, bool hasSource, bool hasInstanceType) =>
        !hasSource && !hasInstanceType ? new BakerException(
            ExitCode.BadInput,
            $"{group} names no image to start from and no instance_type.",
            "Add instance_type, and source_ami, source_ami_filter, source_ami_parameter or source_group, to it or to __base__.")
        : !hasSource ? new BakerException(
            ExitCode.BadInput,
            $"{group} names no image to start from.",
            "Add source_ami, source_ami_filter, source_ami_parameter or source_group to it or to __base__.")
        : !hasInstanceType ? new BakerException(
            ExitCode.BadInput,
            $"{group} names no instance_type.",
            "Add instance_type to it or to __base__.")
        : null;
}
