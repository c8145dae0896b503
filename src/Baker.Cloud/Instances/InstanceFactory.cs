using System.Security.Cryptography;
using System.Text;
using Amazon.EC2.Model;
using Baker.Cloud.Fleets;
using Baker.Cloud.Launching;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>Launches one instance that stands outside any fleet, and ends such ones.</summary>
public sealed class InstanceFactory(FleetContext context)
{
    /// <param name="joined">The names of the target groups that it is to join.</param>
    public async Task<string> LaunchAsync(
        NodeGroup group,
        string image,
        string name,
        string key,
        string zone,
        string run,
        IEnumerable<string> joined,
        CancellationToken stop)
    {
        KeyValuePair<string, string>[] own =
        [
            new("Name", name),
            .. context.TagsOf(group.Name),
            new(BakerTags.UserGroup, group.Name),
            new(BakerTags.Group, group.Name),
            new(BakerTags.Run, run),
            new(BakerTags.Purpose, InstanceReader.Purpose),
            .. joined.Any() ? new KeyValuePair<string, string>[] { new(FleetTags.Joined, string.Join(' ', joined)) } : [],
        ];
        var subnet = await SubnetAsync(group, zone, stop).ConfigureAwait(false);
        var spec = await new ImageLaunch(context).SpecAsync(group, image, subnet, own, stop).ConfigureAwait(false);
        var request = LaunchRequests.Run(spec with { KeyName = key, Zone = zone });
        request.ClientToken = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}/{group.Name}/{name}")));
        var reply = await InstanceProfiles.UntilKnownAsync(
            () => context.Pacer.SendAsync(context.Clients.EC2.RunInstancesAsync, request, stop),
            context.Say,
            context.Time,
            stop).ConfigureAwait(false);
        return reply.Reservation.Instances[0].InstanceId;
    }

    /// <summary>Writes down what an instance that is there joins from now on.</summary>
    public Task MarkJoinedAsync(string id, IEnumerable<string> joined, CancellationToken stop) => context.Pacer.SendAsync(
        context.Clients.EC2.CreateTagsAsync,
        new CreateTagsRequest { Resources = [id], Tags = [new Tag { Key = FleetTags.Joined, Value = string.Join(' ', joined) }] },
        stop);

    // The group's own subnet in the zone; without one it is EC2's default subnet there.
    private async Task<string?> SubnetAsync(NodeGroup group, string zone, CancellationToken stop)
    {
        if (group.SubnetIds.IsEmpty)
        {
            return null;
        }

        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeSubnetsAsync,
            new DescribeSubnetsRequest { SubnetIds = [.. group.SubnetIds] },
            stop).ConfigureAwait(false);
        return (reply.Subnets ?? []).Find(subnet => subnet.AvailabilityZone == zone)?.SubnetId
            ?? throw new BakerException(
                ExitCode.BadInput,
                $"None of {group.Name}'s subnets is in {zone}.",
                $"Give --zone one of {string.Join(", ", (reply.Subnets ?? []).Select(subnet => subnet.AvailabilityZone).Distinct())}.");
    }

    public Task TerminateAsync(IReadOnlyCollection<string> ids, CancellationToken stop) =>
        context.Pacer.SendAsync(
            context.Clients.EC2.TerminateInstancesAsync,
            new TerminateInstancesRequest { InstanceIds = [.. ids] },
            stop);
}
