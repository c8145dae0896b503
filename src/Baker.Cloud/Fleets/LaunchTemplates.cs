using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Fleets;

/// <summary>Launch templates: one for each Auto Scaling group, under its name; a rolling update adds a version.</summary>
public sealed class LaunchTemplates(FleetContext context)
{
    /// <summary>Creates the template of a new Auto Scaling group, or finds the one that this run created before.</summary>
    public async Task CreateAsync(FleetTarget target, string name, string image, string run, CancellationToken stop)
    {
        var request = new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = name,
            ClientToken = Token(run, name),
            VersionDescription = run,
            LaunchTemplateData = await DataAsync(target.Group, image, name, run, stop).ConfigureAwait(false),
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.LaunchTemplate, Tags = Tags(target.Group.Name, name, run) }],
        };
        try
        {
            await context.Pacer.SendAsync(context.Clients.EC2.CreateLaunchTemplateAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode is "InvalidLaunchTemplateName.AlreadyExistsException" or "InvalidLaunchTemplateName.AlreadyExists")
        {
            var existing = await FindAsync(name, stop).ConfigureAwait(false);
            if (Tag(existing, BakerTags.Run) != run)
            {
                throw new BakerException(ExitCode.CloudFailed, $"There is a launch template {name} already, of another run.", $"When nothing uses it: aws ec2 delete-launch-template --launch-template-name {name}", error);
            }
        }
    }

    /// <summary>Adds a version to the template of an Auto Scaling group where it is ours, else makes a template; gives the name and the number.</summary>
    public async Task<(string Name, string Version)> AddVersionAsync(FleetTarget target, string groupName, string current, string image, string run, CancellationToken stop)
    {
        var name = current.Split(':')[0];
        var existing = await FindAsync(name, stop).ConfigureAwait(false);
        if (Tag(existing, BakerTags.Group) is null)
        {
            name = groupName;
            if (await FindAsync(name, stop).ConfigureAwait(false) is null)
            {
                await CreateAsync(target, name, image, run, stop).ConfigureAwait(false);
                return (name, "1");
            }
        }

        if (await VersionOfRunAsync(name, run, stop).ConfigureAwait(false) is { } before)
        {
            return (name, before);
        }

        // Everything is given: without a source version nothing is inherited, so nothing old stays by accident.
        var request = new CreateLaunchTemplateVersionRequest
        {
            LaunchTemplateName = name,
            ClientToken = Token(run, name),
            VersionDescription = run,
            LaunchTemplateData = await DataAsync(target.Group, image, groupName, run, stop).ConfigureAwait(false),
        };
        var reply = await context.Pacer.SendAsync(context.Clients.EC2.CreateLaunchTemplateVersionAsync, request, stop).ConfigureAwait(false);
        return (name, Number(reply.LaunchTemplateVersion.VersionNumber));
    }

    /// <summary>Deletes a template where Baker made it.</summary>
    public async Task DeleteAsync(string name, CancellationToken stop)
    {
        if (Tag(await FindAsync(name, stop).ConfigureAwait(false), BakerTags.Group) is null)
        {
            return;
        }

        try
        {
            await context.Pacer.SendAsync(context.Clients.EC2.DeleteLaunchTemplateAsync, new DeleteLaunchTemplateRequest { LaunchTemplateName = name }, stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (IsMissing(error))
        {
            // Deleted by a call whose reply was lost.
        }
    }

    /// <summary>What an instance of the group is launched with.</summary>
    public async Task<RequestLaunchTemplateData> DataAsync(NodeGroup group, string image, string name, string run, CancellationToken stop)
    {
        var tags = Tags(group.Name, group.Name, run);
        tags.RemoveAll(tag => tag.Key == BakerTags.Run);
        foreach (var (key, value) in group.Tags.Where(pair => !tags.Exists(tag => tag.Key == pair.Key)))
        {
            tags.Add(new Tag { Key = key, Value = value });
        }

        return new RequestLaunchTemplateData
        {
            ImageId = image,
            InstanceType = group.InstanceTypes.IsEmpty ? null : InstanceType.FindValue(group.InstanceTypes[0]),
            SecurityGroupIds = await SecurityGroupsAsync(group, stop).ConfigureAwait(false) is { Count: > 0 } ids ? ids : null,
            IamInstanceProfile = group.IamInstanceProfile is not { } profile ? null
                : profile.StartsWith("arn:", StringComparison.Ordinal) ? new LaunchTemplateIamInstanceProfileSpecificationRequest { Arn = profile }
                : new LaunchTemplateIamInstanceProfileSpecificationRequest { Name = profile },
            UserData = string.IsNullOrEmpty(group.UserData) ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(group.UserData)),
            MetadataOptions = new LaunchTemplateInstanceMetadataOptionsRequest
            {
                HttpTokens = LaunchTemplateHttpTokensState.Required,
                HttpEndpoint = LaunchTemplateInstanceMetadataEndpointState.Enabled,
            },
            BlockDeviceMappings = group.BlockDevices.IsEmpty ? null : [.. group.BlockDevices.Select(Device)],
            TagSpecifications =
            [
                new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Instance, Tags = tags },
                new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Volume, Tags = tags },
            ],
        };
    }

    /// <summary>The ids of the group's security groups, which it may name.</summary>
    public async Task<List<string>> SecurityGroupsAsync(NodeGroup group, CancellationToken stop)
    {
        var ids = group.SecurityGroups.Where(each => each.StartsWith("sg-", StringComparison.Ordinal)).ToList();
        var names = group.SecurityGroups.Except(ids).ToList();
        if (names.Count == 0)
        {
            return ids;
        }

        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeSecurityGroupsAsync,
            new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = "group-name", Values = names }] },
            stop).ConfigureAwait(false);
        var found = reply.SecurityGroups ?? [];
        var missing = names.Where(name => !found.Exists(each => each.GroupName == name)).ToList();
        if (missing.Count > 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{group.Name}: there is no security group {string.Join(", ", missing)} in {context.Clients.Region}.",
                "Create it, or name another in \"security_groups\".");
        }

        ids.AddRange(names.Select(name => found.Find(each => each.GroupName == name)!.GroupId));
        return [.. ids.Distinct()];
    }

    public async Task<LaunchTemplate?> FindAsync(string name, CancellationToken stop)
    {
        try
        {
            var reply = await context.Pacer.SendAsync(context.Clients.EC2.DescribeLaunchTemplatesAsync, new DescribeLaunchTemplatesRequest { LaunchTemplateNames = [name] }, stop).ConfigureAwait(false);
            return reply.LaunchTemplates is [var found, ..] ? found : null;
        }
        catch (AmazonEC2Exception error) when (IsMissing(error))
        {
            return null;
        }
    }

    private static bool IsMissing(AmazonEC2Exception error) => error.ErrorCode?.StartsWith("InvalidLaunchTemplate", StringComparison.Ordinal) ?? false;

    private static string? Tag(LaunchTemplate? template, string key) => template?.Tags?.Find(tag => tag.Key == key)?.Value;

    private static string Number(long? version) => version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "1";

    private static string Token(string run, string name) => $"{run}-{name}"[..Math.Min(64, run.Length + name.Length + 1)];

    private static List<Tag> Tags(string group, string name, string run) =>
    [
        new Tag { Key = "Name", Value = name },
        new Tag { Key = BakerTags.UserGroup, Value = group },
        new Tag { Key = BakerTags.Group, Value = group },
        new Tag { Key = BakerTags.Run, Value = run },
    ];

    private static LaunchTemplateBlockDeviceMappingRequest Device(BlockDevice device) => new()
    {
        DeviceName = device.DeviceName,
        Ebs = new LaunchTemplateEbsBlockDeviceRequest
        {
            VolumeSize = device.VolumeSize,
            VolumeType = device.VolumeType is { } type ? VolumeType.FindValue(type) : null,
            Iops = device.Iops,
            Throughput = device.Throughput,
            Encrypted = device.Encrypted,
            KmsKeyId = device.KmsKeyId,
            SnapshotId = device.SnapshotId,
            DeleteOnTermination = device.DeleteOnTermination,
        },
    };

    private async Task<string?> VersionOfRunAsync(string name, string run, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(context.Clients.EC2.DescribeLaunchTemplateVersionsAsync, new DescribeLaunchTemplateVersionsRequest { LaunchTemplateName = name, MaxResults = 200 }, stop).ConfigureAwait(false);
        return (reply.LaunchTemplateVersions ?? []).Find(version => version.VersionDescription == run) is { } found ? Number(found.VersionNumber) : null;
    }
}
