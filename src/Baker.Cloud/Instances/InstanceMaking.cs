using System.Security.Cryptography;
using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>Launches one instance that stands outside any fleet, and ends such ones.</summary>
public sealed class InstanceMaking(FleetContext context)
{
    public async Task<string> LaunchAsync(NodeGroup group, string image, string name, string key, string zone, string run, CancellationToken stop)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Name"] = name,
            [BakerTags.UserGroup] = group.Name,
            [BakerTags.Group] = group.Name,
            [BakerTags.Run] = run,
            [BakerTags.Purpose] = InstanceReader.Purpose,
        };
        foreach (var (tag, value) in group.Tags)
        {
            tags.TryAdd(tag, value);
        }

        var data = await new LaunchTemplates(context).DataAsync(group, image, name, run, stop).ConfigureAwait(false);
        List<Tag> all = [.. tags.Select(pair => new Tag { Key = pair.Key, Value = pair.Value })];
        var request = new RunInstancesRequest
        {
            ClientToken = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}/{group.Name}/{name}"))),
            MinCount = 1,
            MaxCount = 1,
            ImageId = image,
            InstanceType = data.InstanceType,
            KeyName = key,
            Placement = new Placement { AvailabilityZone = zone },
            SecurityGroupIds = data.SecurityGroupIds,
            UserData = data.UserData,
            IamInstanceProfile = data.IamInstanceProfile is { } profile ? new IamInstanceProfileSpecification { Arn = profile.Arn, Name = profile.Name } : null,
            MetadataOptions = new InstanceMetadataOptionsRequest { HttpTokens = HttpTokensState.Required, HttpEndpoint = InstanceMetadataEndpointState.Enabled },
            TagSpecifications =
            [
                new TagSpecification { ResourceType = ResourceType.Instance, Tags = all },
                new TagSpecification { ResourceType = ResourceType.Volume, Tags = all },
            ],
        };
        var reply = await context.Pacer.SendAsync(context.Clients.EC2.RunInstancesAsync, request, stop).ConfigureAwait(false);
        return reply.Reservation.Instances[0].InstanceId;
    }

    public Task TerminateAsync(IReadOnlyCollection<string> ids, CancellationToken stop) =>
        context.Pacer.SendAsync(context.Clients.EC2.TerminateInstancesAsync, new TerminateInstancesRequest { InstanceIds = [.. ids] }, stop);
}
