using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>What a group must say before an image can be made of it, whichever engine does.</summary>
public static class BakeRequirements
{
    public static void Check(GroupName group, bool hasSource, bool hasInstanceType)
    {
        if (!hasSource)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group} names no image to start from.",
                "Add source_ami, source_ami_filter, source_ami_parameter or source_group to it or to __base__.");
        }

        if (!hasInstanceType)
        {
            throw new BakerException(ExitCode.BadInput, $"{group} names no instance_type.", "Add instance_type to it or to __base__.");
        }
    }
}
