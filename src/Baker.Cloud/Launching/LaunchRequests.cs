using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Core.Merging;

namespace Baker.Cloud.Launching;

/// <summary>A <see cref="LaunchSpec"/> in EC2's two forms. Both want IMDSv2, and open no port.</summary>
internal static class LaunchRequests
{
    /// <summary>Launches one instance now.</summary>
    public static RunInstancesRequest Run(LaunchSpec spec) => new()
    {
        MinCount = 1,
        MaxCount = 1,
        ImageId = spec.ImageId,
        InstanceType = Type(spec),
        KeyName = spec.KeyName,
        SubnetId = spec.AssociatePublicIpAddress is null ? spec.SubnetId : null,
        SecurityGroupIds = InstanceGroups(spec),
        NetworkInterfaces = spec.AssociatePublicIpAddress is not { } isPublic ? null :
        [
            new InstanceNetworkInterfaceSpecification
            {
                DeviceIndex = 0,
                AssociatePublicIpAddress = isPublic,
                SubnetId = spec.SubnetId,
                Groups = Groups(spec),
            },
        ],
        Placement = spec.Zone is { } zone ? new Placement { AvailabilityZone = zone } : null,
        EbsOptimized = spec.EbsOptimized,
        InstanceInitiatedShutdownBehavior = spec.ShutdownBehavior is { } end ? ShutdownBehavior.FindValue(end) : null,
        IamInstanceProfile = spec.IamInstanceProfile is not { } profile ? null
            : IsArn(profile) ? new IamInstanceProfileSpecification { Arn = profile }
            : new IamInstanceProfileSpecification { Name = profile },
        UserData = UserData(spec),
        MetadataOptions = new InstanceMetadataOptionsRequest
        {
            HttpTokens = HttpTokensState.Required,
            HttpEndpoint = InstanceMetadataEndpointState.Enabled,
            InstanceMetadataTags = spec.KnowsItsTags ? InstanceMetadataTagsState.Enabled : null,
        },
        BlockDeviceMappings = spec.Devices.IsEmpty ? null : [.. spec.Devices.Select(Device)],
        TagSpecifications = spec.Tags.IsEmpty ? null :
        [
            new TagSpecification { ResourceType = ResourceType.Instance, Tags = Tags(spec) },
            new TagSpecification { ResourceType = ResourceType.Volume, Tags = Tags(spec) },
        ],
    };

    /// <summary>What a launch template holds; places are left to its Auto Scaling group.</summary>
    public static RequestLaunchTemplateData Template(LaunchSpec spec) => new()
    {
        ImageId = spec.ImageId,
        InstanceType = Type(spec),
        KeyName = spec.KeyName,
        SecurityGroupIds = InstanceGroups(spec),
        NetworkInterfaces = spec.AssociatePublicIpAddress is not { } isPublic ? null :
        [
            new LaunchTemplateInstanceNetworkInterfaceSpecificationRequest
            {
                DeviceIndex = 0,
                AssociatePublicIpAddress = isPublic,
                Groups = Groups(spec),
            },
        ],
        EbsOptimized = spec.EbsOptimized,
        InstanceInitiatedShutdownBehavior = spec.ShutdownBehavior is { } end ? ShutdownBehavior.FindValue(end) : null,
        IamInstanceProfile = spec.IamInstanceProfile is not { } profile ? null
            : IsArn(profile) ? new LaunchTemplateIamInstanceProfileSpecificationRequest { Arn = profile }
            : new LaunchTemplateIamInstanceProfileSpecificationRequest { Name = profile },
        UserData = UserData(spec),
        MetadataOptions = new LaunchTemplateInstanceMetadataOptionsRequest
        {
            HttpTokens = LaunchTemplateHttpTokensState.Required,
            HttpEndpoint = LaunchTemplateInstanceMetadataEndpointState.Enabled,
            InstanceMetadataTags = spec.KnowsItsTags ? LaunchTemplateInstanceMetadataTagsState.Enabled : null,
        },
        BlockDeviceMappings = spec.Devices.IsEmpty ? null : [.. spec.Devices.Select(TemplateDevice)],
        TagSpecifications = spec.Tags.IsEmpty ? null :
        [
            new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Instance, Tags = Tags(spec) },
            new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Volume, Tags = Tags(spec) },
        ],
    };

    private static InstanceType? Type(LaunchSpec spec) => spec.InstanceType is { } type ? InstanceType.FindValue(type) : null;

    // EC2 takes the groups of an instance either on the instance or on the interface that is asked for.
    private static List<string>? InstanceGroups(LaunchSpec spec) => spec.AssociatePublicIpAddress is null ? Groups(spec) : null;

    private static List<string>? Groups(LaunchSpec spec) => spec.SecurityGroupIds.IsEmpty ? null : [.. spec.SecurityGroupIds];

    private static bool IsArn(string profile) => profile.StartsWith("arn:", StringComparison.Ordinal);

    private static string? UserData(LaunchSpec spec) => spec.UserData.IsEmpty ? null : Convert.ToBase64String(spec.UserData.Span);

    private static List<Tag> Tags(LaunchSpec spec) => [.. spec.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];

    private static VolumeType? VolumeTypeOf(BlockDevice device) => device.VolumeType is { } type ? VolumeType.FindValue(type) : null;

    private static BlockDeviceMapping Device(BlockDevice device) => new()
    {
        DeviceName = device.DeviceName,
        Ebs = new EbsBlockDevice
        {
            VolumeSize = device.VolumeSize,
            VolumeType = VolumeTypeOf(device),
            Iops = device.Iops,
            Throughput = device.Throughput,
            Encrypted = device.Encrypted,
            KmsKeyId = device.KmsKeyId,
            SnapshotId = device.SnapshotId,
            DeleteOnTermination = device.DeleteOnTermination,
        },
    };

    private static LaunchTemplateBlockDeviceMappingRequest TemplateDevice(BlockDevice device) => new()
    {
        DeviceName = device.DeviceName,
        Ebs = new LaunchTemplateEbsBlockDeviceRequest
        {
            VolumeSize = device.VolumeSize,
            VolumeType = VolumeTypeOf(device),
            Iops = device.Iops,
            Throughput = device.Throughput,
            Encrypted = device.Encrypted,
            KmsKeyId = device.KmsKeyId,
            SnapshotId = device.SnapshotId,
            DeleteOnTermination = device.DeleteOnTermination,
        },
    };
}
