using Amazon.EC2.Model;
using Baker.Cloud.Images.Catalog;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Fast snapshot restore of a fleet's images: begun before the fleet has them, ended when it does not any more.</summary>
internal static class Speeding
{
    public static async Task EnableAsync(FleetRun run, FleetStep.RestoreFast step, CancellationToken stop)
    {
        var context = run.Context;
        var restores = new FastRestores(context.Clients, context.Pacer);
        var like = run.Journal.Old is { } old ? await run.Reader.FindAsync(old, stop).ConfigureAwait(false) : null;
        var zones = step.Zones.IsEmpty
            ? await new FleetPlaces(context).ZonesAsync(run.Target, like, stop).ConfigureAwait(false)
            : [.. step.Zones];
        var images = new List<CatalogImage>();
        foreach (var id in run.Journal.OtherImages.Prepend(step.Image))
        {
            var found = await new FleetImages(context).FindAsync(id, stop).ConfigureAwait(false);
            if (found is null || CatalogImage.Of(found, context.Clients.Region) is not { SnapshotIds.IsEmpty: false } image)
            {
                context.Say($"  {id} is no image of Baker's; its snapshots are left as they are");
            }
            else if (await restores.EnableAsync(image, zones, stop).ConfigureAwait(false))
            {
                images.Add(image);
            }
            else
            {
                context.Say("  this endpoint does not know fast snapshot restore");
            }
        }

        foreach (var image in images)
        {
            var pending = await restores.PendingAsync(image, zones, stop).ConfigureAwait(false);
            if (!await context.UntilAsync(
                async () => (pending = await restores.PendingAsync(image, zones, stop).ConfigureAwait(false)).IsEmpty,
                context.HealthLimit,
                stop).ConfigureAwait(false))
            {
                context.Say(
                    $"  not at full speed yet after {DurationText.Of(context.HealthLimit)}: {string.Join(", ", pending)}; "
                        + "what is launched until then reads its disk as it goes");
            }
        }
    }

    public static async Task EndAsync(FleetRun run, CancellationToken stop)
    {
        var context = run.Context;
        var alive = await run.Reader.OfNodeGroupAsync(run.Journal.Group, stop).ConfigureAwait(false);
        var needed = alive
            .Select(group => group.Tags?.Find(tag => tag.Key == FleetTags.Image)?.Value)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        if (needed.Contains(run.Journal.Image))
        {
            needed.UnionWith(run.Journal.OtherImages);
        }

        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeImagesAsync,
            new DescribeImagesRequest
            {
                Owners = ["self"],
                IncludeDisabled = true,
                Filters =
                [
                    new Filter { Name = $"tag:{BakerTags.Group}", Values = [run.Journal.Group] },
                    new Filter { Name = "tag-key", Values = [BakerTags.FastRestore] },
                ],
            },
            stop).ConfigureAwait(false);
        var restores = new FastRestores(context.Clients, context.Pacer);
        foreach (var image in (reply.Images ?? []).Select(image => CatalogImage.Of(image, context.Clients.Region)).OfType<CatalogImage>())
        {
            // Those of other architectures are not in the tags of a group that an earlier run made: packer:clean ends theirs.
            var isOfThisChange = image.Id == run.Journal.Image || run.Journal.OtherImages.Contains(image.Id);
            if (!needed.Contains(image.Id) && (isOfThisChange || run.Journal.Action != FleetAction.Rollback))
            {
                await restores.DisableAsync(image, stop).ConfigureAwait(false);
            }
        }
    }
}
