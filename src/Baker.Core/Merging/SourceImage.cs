using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Where a group's base image comes from; named as Packer's amazon-ebs builder names it.</summary>
public abstract record SourceImage
{
    private SourceImage()
    {
    }

    /// <summary><c>source_ami</c>: an image id.</summary>
    public sealed record ById(string ImageId) : SourceImage;

    /// <summary><c>source_ami_filter</c>: DescribeImages filters, owners, and whether the newest match is meant.</summary>
    public sealed record ByFilter(
        ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> Filters,
        ImmutableArray<string> Owners,
        bool MostRecent) : SourceImage;

    /// <summary><c>source_group</c>: the newest good image of another group, or the one in its channel (<c>source_channel</c>).</summary>
    public sealed record ByGroup(GroupName Group, string? Channel) : SourceImage;

    /// <summary><c>source_ami_parameter</c>: the name of an SSM public parameter that holds an image id.</summary>
    public sealed record ByParameter(string Name) : SourceImage;
}
