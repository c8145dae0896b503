using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>
/// What an instance of a group is launched as, whoever launches it: a bake, a fleet's launch template, a single instance, a
/// dry run.
/// </summary>
public sealed record LaunchSpec
{
    public required string ImageId { get; init; }

    public string? InstanceType { get; init; }

    /// <summary>A name or an ARN.</summary>
    public string? IamInstanceProfile { get; init; }

    /// <summary>The name of a key pair.</summary>
    public string? KeyName { get; init; }

    public ImmutableArray<string> SecurityGroupIds { get; init; } = [];

    /// <summary>Null leaves it to whoever launches, an Auto Scaling group say, or to EC2.</summary>
    public string? SubnetId { get; init; }

    public string? Zone { get; init; }

    /// <summary>Null leaves it to the subnet.</summary>
    public bool? AssociatePublicIpAddress { get; init; }

    public bool? EbsOptimized { get; init; }

    public string? ShutdownBehavior { get; init; }

    /// <summary>The user data, not encoded.</summary>
    public ReadOnlyMemory<byte> UserData { get; init; }

    public ImmutableArray<BlockDevice> Devices { get; init; } = [];

    /// <summary>Whether the instance itself is told its tags, by its metadata service, which not every key of a tag suits.</summary>
    public bool KnowsItsTags { get; init; }

    /// <summary>On the instance and its volumes.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>A group's instance of an image, with these tags of Baker's own.</summary>
    public static LaunchSpec Of(
        NodeGroup group,
        string imageId,
        ImmutableArray<string> securityGroupIds,
        IEnumerable<KeyValuePair<string, string>> tags) => new()
        {
            ImageId = imageId,
            InstanceType = group.InstanceTypes.IsEmpty ? null : group.InstanceTypes[0],
            IamInstanceProfile = group.IamInstanceProfile,
            SecurityGroupIds = securityGroupIds,
            AssociatePublicIpAddress = group.AssociatePublicIpAddress,
            EbsOptimized = group.EbsOptimized,
            ShutdownBehavior = group.ShutdownBehavior,
            UserData = group.UserData,
            Tags = [.. tags],
        };
}
