using Amazon.EC2.Model;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Fleets;

/// <summary>Which image a fleet gets.</summary>
public sealed class FleetImages(FleetContext context)
{
    private readonly GoodImages _images = new(context.Clients, context.Pacer, context.Clock);

    /// <summary>The image of the group's channel, or where it names none the newest that carries the fingerprint.</summary>
    /// <param name="fingerprint">What an image baked now would carry; null where that is not known.</param>
    /// <exception cref="BakerException">There is none; the remedy names the command to run.</exception>
    public async Task<CatalogImage> ChooseAsync(NodeGroup group, string? fingerprint, bool allowStale, CancellationToken stop)
    {
        if (group.ImageChannel is { } channel)
        {
            return await OfChannelAsync(group.Name, channel, stop).ConfigureAwait(false);
        }

        var images = await _images.OfAsync(group.Name, stop).ConfigureAwait(false);
        if (images.Count == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group.Name} has no image in {context.Clients.Region} that may be used.",
                $"Bake one: {context.Suggested.Package($"packer:run {group.Name}")}");
        }

        if (fingerprint is null || allowStale)
        {
            return images.Find(image => image.Fingerprint == fingerprint) ?? images[0];
        }

        return images.Find(image => image.Fingerprint == fingerprint)
            ?? throw new BakerException(
                ExitCode.BadInput,
                $"The newest image of {group.Name}, {images[0].Id}, is stale: the group has changed since it was baked.",
                $"Bake one: {context.Suggested.Package($"packer:run {group.Name}")} (or say --allow-stale).");
    }

    /// <summary>The image that a channel points at.</summary>
    /// <exception cref="BakerException">It points at none, or at one that may not be used.</exception>
    public Task<CatalogImage> OfChannelAsync(GroupName group, string channel, CancellationToken stop) =>
        _images.OfChannelAsync(group, channel, context.Suggested, stop);

    /// <summary>An image that a person named, by its id or its name; it may be of another account, and carry no tag of Baker's.</summary>
    /// <exception cref="BakerException">There is no image of that name, or it is revoked.</exception>
    public async Task<(string Id, string Fingerprint)> NamedAsync(string asked, CancellationToken stop)
    {
        var found = await _images.FindAsync(asked, stop).ConfigureAwait(false);
        if (found is null)
        {
            // That an id is not there is told with everything else that is in the way.
            return asked.StartsWith("ami-", StringComparison.Ordinal) ? (asked, "") : throw new BakerException(
                ExitCode.BadInput,
                $"There is no image called {Quoting.Quote(asked)} in {context.Clients.Region}.",
                $"{context.Suggested.Package("image:list")} shows the images.");
        }

        if (CatalogImage.Of(found, context.Clients.Region) is { Revocation: { } revocation } && revocation.Holds(context.Clock.UtcNow))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{found.ImageId} is revoked: {revocation.Why}.",
                $"Take another, or take that back: {context.Suggested.Package($"image:revoke {found.ImageId} --undo")}");
        }

        return (found.ImageId, CatalogImage.Of(found, context.Clients.Region)?.Fingerprint ?? "");
    }

    /// <summary>Null where the image is not in this region.</summary>
    public Task<Image?> FindAsync(string id, CancellationToken stop) => _images.FindAsync(id, stop);
}
