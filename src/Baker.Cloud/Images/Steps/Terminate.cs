using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Steps;

/// <summary>Terminates the instance and waits until it is gone, volumes and all.</summary>
internal sealed class Terminate : BakeWork
{
    public override string Name => "clean up";

    public override string Describe(Bake bake) => "terminate the instance where that is not done, and wait until it is gone";

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        await bake.Removal.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what it could not do is done here
        if (bake.InstanceId is { } id)
        {
            await RemoveAsync(bake, id, stop).ConfigureAwait(false);
        }
    }

    internal static async Task RemoveAsync(Bake bake, string id, CancellationToken stop)
    {
        var region = bake.Run.Region(bake.Region.Name);
        var keepsVolumes = KeepsVolumes(bake);
        await region.Terminations.AddAsync([id], stop).ConfigureAwait(false);
        bake.InstanceEndsByItself = !keepsVolumes;
        await InstanceRemoval.UntilGoneAsync(bake.Region, id, stop).ConfigureAwait(false);
        region.LetGo(id);
        if (keepsVolumes)
        {
            await RemoveVolumesAsync(bake, stop).ConfigureAwait(false);
        }

        (bake.InstanceId, bake.InstanceIsGone) = (null, true);
    }

    // A volume that is mapped so by the group, or by the image that the bake started from, outlives the instance.
    private static bool KeepsVolumes(Bake bake) =>
        bake.Group.BlockDevices.Any(device => device.DeleteOnTermination == false)
        || (bake.Source?.BlockDeviceMappings ?? []).Exists(mapping => mapping.Ebs?.DeleteOnTermination == false);

    // A volume that the image's instances shall keep is of no use after the bake.
    private static async Task RemoveVolumesAsync(Bake bake, CancellationToken stop)
    {
        var (ec2, pacer) = (bake.Region.Clients.EC2, bake.Region.Pacer);
        var request = new DescribeVolumesRequest
        {
            Filters =
            [
                new Filter { Name = $"tag:{BakerTags.Run}", Values = [bake.RunId] },
                new Filter { Name = $"tag:{BakerTags.Group}", Values = [bake.Group.Name] },
                new Filter { Name = "status", Values = ["available"] },
            ],
        };
        foreach (var volume in (await pacer.SendAsync(ec2.DescribeVolumesAsync, request, stop).ConfigureAwait(false)).Volumes ?? [])
        {
            await InstanceRemoval.DeleteVolumeAsync(bake.Region, volume.VolumeId, stop).ConfigureAwait(false);
        }
    }
}
