using Baker.Cloud.Changes;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Points a group's channel at one of its images, in every region that the group has: where an image was copied to, at the copy.
/// </summary>
/// <param name="choose">Names the image, from those of the group's own region that may be used.</param>
public sealed class Promotion(
    CloudSession cloud,
    NodeGroup group,
    string channel,
    Func<Promotion, IReadOnlyList<CatalogImage>, CancellationToken, Task<CatalogImage>> choose) : Operation<ChannelStep>
{
    public override string Subject => group.Name;

    /// <summary>The image that was chosen, once there is a plan.</summary>
    public CatalogImage? Chosen { get; private set; }

    /// <summary>The newest that may be used.</summary>
    public Task<CatalogImage> NewestAsync(IReadOnlyList<CatalogImage> good, CancellationToken stop) =>
        good.FirstOrDefault(image => group.Environment is null || image.IsOf(group.Environment)) is { } newest
        ? Task.FromResult(newest)
        : throw new BakerException(
            ExitCode.BadInput,
            $"{group.Name} has no image in {group.Region} that may be used.",
            $"Bake one: {cloud.Suggested.Package($"packer:run {group.Name}")}");

    /// <summary>One by its id or its name.</summary>
    public async Task<CatalogImage> NamedAsync(string asked, IReadOnlyList<CatalogImage> good, CancellationToken stop)
    {
        if (good.FirstOrDefault(image => image.Id == asked || image.Name == asked) is { } found)
        {
            return found;
        }

        throw new BakerException(
            ExitCode.BadInput,
            $"{asked} {await WhyNotAsync(asked, stop).ConfigureAwait(false)}.",
            $"{cloud.Suggested.Package($"image:list {group.Name}")} shows its images.");
    }

    /// <summary>The one that another channel points at.</summary>
    public async Task<CatalogImage> OfChannelAsync(string other, IReadOnlyList<CatalogImage> good, CancellationToken stop)
    {
        var id = await Channels(group.Region).FindAsync(group.Name, other, stop).ConfigureAwait(false)
            ?? throw NoChannel(other);
        return await NamedAsync(id, good, stop).ConfigureAwait(false);
    }

    /// <summary>The one that the channel pointed at before, as far back as one is found that may be used.</summary>
    public async Task<CatalogImage> BeforeAsync(IReadOnlyList<CatalogImage> good, Action<string> say, CancellationToken stop)
    {
        var history = await Channels(group.Region).HistoryAsync(group.Name, channel, stop).ConfigureAwait(false);
        if (history.IsEmpty)
        {
            throw NoChannel(channel);
        }

        foreach (var id in Earlier(history))
        {
            if (good.FirstOrDefault(image => image.Id == id) is { } image)
            {
                return image;
            }

            say($"{id} {await WhyNotAsync(id, stop).ConfigureAwait(false)}; looking further back");
        }

        throw new BakerException(
            ExitCode.BadInput,
            $"{group.Name}:{channel} has pointed at no other image that may still be used.",
            $"Name one: {cloud.Suggested.Package($"image:promote {group.Name} IMAGE --to {channel}")}");
    }

    /// <summary>The newest first. What was left for one that it had pointed at earlier is behind it: back never leads forward.</summary>
    private static IEnumerable<string> Earlier(IReadOnlyList<ImageChannel> history)
    {
        var trail = new List<string>();
        foreach (var id in history.Reverse().Select(version => version.ImageId))
        {
            if (trail.IndexOf(id) is >= 0 and var at)
            {
                trail.RemoveRange(at, trail.Count - at);
            }

            trail.Add(id);
        }

        return trail.SkipLast(1).Reverse();
    }

    public override async Task<IReadOnlyList<ChannelStep>> PlanAsync(CancellationToken stop)
    {
        // What has yet to pass its group's tests is for no channel.
        var good = (await Images(group.Region).OfAsync(group.Name, stop).ConfigureAwait(false))
            .FindAll(image => !group.Verifies || image.Verification?.Passed == true);
        Chosen = await choose(this, good, stop).ConfigureAwait(false);
        var steps = new List<ChannelStep>();
        foreach (var region in group.AmiRegions.Prepend(group.Region).Distinct(StringComparer.Ordinal))
        {
            var image = region == group.Region ? Chosen : await CopyAsync(Chosen, region, stop).ConfigureAwait(false);
            var before = await Channels(region).FindAsync(group.Name, channel, stop).ConfigureAwait(false);
            if (before != image.Id)
            {
                steps.Add(new ChannelStep(group.Name, channel, region, image.Id, image.Name, before));
            }
        }

        return steps;
    }

    public override Task DoAsync(ChannelStep step, CancellationToken stop) =>
        Channels(step.Region).SetAsync(step.Group, step.Channel, step.ImageId, stop);

    private async Task<CatalogImage> CopyAsync(CatalogImage image, string region, CancellationToken stop) =>
        (await Images(region).OfAsync(group.Name, stop).ConfigureAwait(false))
            .Find(copy => copy.Name == image.Name && copy.Run == image.Run)
        ?? throw new BakerException(
            ExitCode.BadInput,
            $"{image.Id} \"{image.Name}\" of {group.Name} has no copy in {region} that may be used.",
            $"Promote an image that has one, or bake anew: {cloud.Suggested.Package($"packer:run {group.Name} --force")}");

    private BakerException NoChannel(string name) => new(
        ExitCode.BadInput,
        $"{group.Name} has no channel {name} in {group.Region}.",
        $"{cloud.Suggested.Package($"image:channels {group.Name}")} shows its channels; "
            + $"{cloud.Suggested.Package($"image:promote {group.Name} --to {name}")} makes one.");

    private GoodImages Images(string region) => new(cloud.Region(region).Clients, cloud.Pacer, cloud.Clock);

    private ImageChannels Channels(string region) => new(cloud.Region(region).Clients, cloud.Pacer);

    private async Task<string> WhyNotAsync(string asked, CancellationToken stop)
    {
        var images = Images(group.Region);
        return images.WhyNot(await images.FindAsync(asked, stop).ConfigureAwait(false), group.Name);
    }
}
