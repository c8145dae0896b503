using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Launching;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>
/// Launches the instance to provision: IMDSv2 only, tagged at creation, no inbound port but SSH's opened, and that only
/// where it is logged in to.
/// </summary>
internal sealed class Launch : BakeWork
{
    private static readonly HashSet<string> s_noRoom = new(StringComparer.Ordinal)
    {
        "InsufficientInstanceCapacity", "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity", "Unsupported", "InsufficientFreeAddressesInSubnet",
    };

    public override string Name => "launch";

    public override string Describe(Bake bake) =>
        $"launch one {string.Join(" or ", bake.Group.InstanceTypes)} in {bake.Region.Name} (IMDSv2 "
        + $"only{(bake.LogsIn ? "" : ", no inbound port")})";

    public override bool Applies(Bake bake) => !bake.Adopted;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        if (bake.Input.Provisions && bake.Payload.Value is var payload && !bake.LogsIn)
        {
            bake.Carrier.Check(bake.Group.Name, payload); // what cannot be brought is known before anything is launched
        }

        var attempt = 0;
        BakerException? refused = null;
        foreach (var type in bake.Group.InstanceTypes)
        {
            foreach (var place in Places(bake.Group))
            {
                try
                {
                    var number = attempt++;
                    bake.InstanceId = await InstanceProfiles.UntilKnownAsync(
                        () => LaunchAsync(bake, type, place, number, stop),
                        bake.Note,
                        bake.Run.Time,
                        stop).ConfigureAwait(false);
                    bake.Run.Region(bake.Region.Name).Hold(bake.InstanceId);
                    return;
                }
                catch (AmazonServiceException error) when (s_noRoom.Contains(error.ErrorCode ?? ""))
                {
                    bake.Note($"no {type} to be had{place.Words}: {error.ErrorCode}");
                    refused = new BakerException(
                        ExitCode.CloudFailed,
                        $"AWS has no capacity for {bake.Group.Name} in any place and type that it lists: {error.Message}",
                        "List more availability_zone, subnet_id or instance_types values, or try again later.",
                        error);
                }
            }
        }

        throw refused!; // a group names one type at least
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        await bake.Removal.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what it could not do is done here
        if (bake.InstanceId is null && !bake.InstanceIsGone)
        {
            // What a broken-off launch may have left.
            bake.InstanceId =
                await KeptInstance.FindAsync(bake.Region, bake.Run.Id, bake.Group.Name, stop).ConfigureAwait(false) is [var left, ..]
                ? left
                : null;
        }

        if (bake.InstanceId is { } id)
        {
            try
            {
                await Terminate.RemoveAsync(bake, id, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (bake.InstanceEndsByItself)
            {
                bake.Note($"instance {id} is shutting down; AWS removes it and its volumes without further calls");
            }
        }
    }

    // An instance asked for must be known: the call is not broken off, an interrupt is heeded after it.
    private static async Task<string> LaunchAsync(Bake bake, string type, Place place, int attempt, CancellationToken stop)
    {
        var request = await RequestAsync(bake, type, place, attempt, stop).ConfigureAwait(false);
        var answer = await bake.Region.Pacer.SendAsync(
            bake.Region.Clients.EC2.RunInstancesAsync,
            request,
            stop,
            breaksOff: false).ConfigureAwait(false);
        return answer.Reservation.Instances[0].InstanceId;
    }

    private static async Task<RunInstancesRequest> RequestAsync(Bake bake, string type, Place place, int attempt, CancellationToken stop)
    {
        var (group, source) = (bake.Group, bake.Source!);
        var groups = await bake.Run.Region(bake.Region.Name).SecurityGroupsAsync(group, place.SubnetId, stop).ConfigureAwait(false);
        if (bake.TemporaryGroups.TryGetValue(place.SubnetId ?? "", out var temporary))
        {
            groups = groups.Add(temporary);
        }

        var tags = bake.Run.Tags(group.Name, $"bake {group.Name}").Select(tag => KeyValuePair.Create(tag.Key, tag.Value));
        var request = LaunchRequests.Run(LaunchSpec.Of(group, source.ImageId, groups, tags) with
        {
            KnowsItsTags = true, // all of them are Baker's own, and baker-node gives an instance that is baked no secret
            InstanceType = type,
            KeyName = bake.KeyName,
            SubnetId = place.SubnetId,
            Zone = place.Zone,
            Devices = LaunchDevices.OfBake(
                group,
                (source.BlockDeviceMappings ?? []).Where(mapping => mapping.Ebs is not null).Select(mapping => mapping.DeviceName)),
        });
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(group.Name));
        request.ClientToken = $"{bake.Run.Id}-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}-{attempt}";
        return request;
    }

    private static IEnumerable<Place> Places(NodeGroup group) =>
        group.SubnetIds.Length > 0 ? group.SubnetIds.Select(subnet => new Place(subnet, null))
        : group.AvailabilityZones.Length > 0 ? group.AvailabilityZones.Select(zone => new Place(null, zone))
        : [new Place(null, null)];

    private sealed record Place(string? SubnetId, string? Zone)
    {
        public string Words => SubnetId is not null ? $" in subnet {SubnetId}" : Zone is not null ? $" in {Zone}" : "";
    }
}
