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

    public override string Describe(Bake bake) => bake.Resumed is { } kept
        ? $"go on with instance {kept.Id}, which the failed run {kept.Run} kept"
        : $"launch one {string.Join(" or ", bake.Group.InstanceTypes)}{(bake.IsTrial ? " of the image" : "")} in {bake.Region.Name} "
        + $"(IMDSv2 only{(bake.LogsIn ? "" : ", no inbound port")})";

    public override bool Applies(Bake bake) => !bake.Adopted;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        if (bake.Outdated.Count > 0)
        {
            await bake.Run.Region(bake.Region.Name).Terminations.AddAsync(bake.Outdated, stop).ConfigureAwait(false);
        }

        if (bake.Input.Provisions && bake.Payload.Value is var payload && !bake.LogsIn)
        {
            bake.Carrier.Check(bake.Group.Name, payload); // what cannot be brought is known before anything is launched
        }

        if (bake.Resumed is { } kept)
        {
            await TakeOverAsync(bake, kept, stop).ConfigureAwait(false);
            return;
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
                (await KeptInstance.FindAsync(bake.Region, bake.RunId, bake.Group.Name, stop).ConfigureAwait(false))
                    .FirstOrDefault(left => left.ImageId == bake.Source?.ImageId)?.InstanceId;
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

    // From here on it is this run's, as if it had launched it.
    private static async Task TakeOverAsync(Bake bake, RecoveryFind kept, CancellationToken stop)
    {
        var request = new CreateTagsRequest
        {
            Resources = [kept.Id, .. kept.KeptVolumes],
            Tags = bake.Tags($"bake {bake.Group.Name}"),
        };
        bake.InstanceId = kept.Id;
        await bake.Region.Pacer.SendAsync(
            bake.Region.Clients.EC2.CreateTagsAsync,
            request,
            stop,
            breaksOff: false).ConfigureAwait(false);
        bake.Hold(kept.Id);
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
        if (bake.LogsIn && bake.TemporaryGroups.TryGetValue(place.SubnetId ?? "", out var temporary))
        {
            groups = groups.Add(temporary);
        }

        var mappings = source.BlockDeviceMappings ?? [];
        var volumes = mappings.Where(mapping => mapping.Ebs is not null).Select(mapping => mapping.DeviceName);
        var tags = bake.Tags($"{bake.Purpose} {group.Label}").Select(tag => KeyValuePair.Create(tag.Key, tag.Value));
        var request = LaunchRequests.Run(LaunchSpec.Of(group, source.ImageId, groups, tags) with
        {
            // All of them are Baker's own: by them baker-node knows an instance that is baked, and gives it no secret, and one that is
            // tested, which nobody may use.
            KnowsItsTags = true,
            InstanceType = type,
            KeyName = bake.LogsIn ? bake.KeyName : null,
            SubnetId = place.SubnetId,
            Zone = place.Zone,
            Devices = bake.IsTrial
                ? LaunchDevices.OfImage(group, mappings.Select(mapping => mapping.DeviceName), volumes)
                : LaunchDevices.OfBake(group, volumes),
        });
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{bake.Purpose} {group.Label}"));
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
