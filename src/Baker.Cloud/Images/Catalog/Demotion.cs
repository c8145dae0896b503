using Baker.Cloud.Changes;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Removes a group's channel, in each of the regions.</summary>
/// <param name="regions">Where, as whoever owns the channel sees the cloud.</param>
public sealed class Demotion(CloudSession cloud, GroupName group, string channel, IReadOnlyList<CloudRegion> regions)
    : Operation<DemotionStep>
{
    public override string Subject => group;

    public override async Task<IReadOnlyList<DemotionStep>> PlanAsync(CancellationToken stop)
    {
        var steps = new List<DemotionStep>();
        foreach (var region in regions)
        {
            if (await Channels(region).FindAsync(group, channel, stop).ConfigureAwait(false) is { } image)
            {
                steps.Add(new DemotionStep(group, channel, region.Name, image));
            }
        }

        return steps.Count > 0 ? steps : throw new BakerException(
            ExitCode.BadInput,
            $"{group} has no channel {channel} in {string.Join(", ", regions.Select(region => region.Name))}.",
            $"{cloud.Suggested.Package($"image:channels {group}")} shows its channels.");
    }

    public override Task DoAsync(DemotionStep step, CancellationToken stop) =>
        Channels(regions.First(region => region.Name == step.Region)).RemoveAsync(group, channel, stop);

    private ImageChannels Channels(CloudRegion region) => new(region.Clients, cloud.Pacer);
}
