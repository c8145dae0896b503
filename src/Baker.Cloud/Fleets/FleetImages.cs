using Amazon.EC2.Model;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>Which image a fleet gets.</summary>
public sealed class FleetImages(FleetContext context)
{
    private readonly GoodImages _images = new(context.Clients, context.Pacer, context.Clock);

    /// <summary>Reads the images of many groups with few calls; a choice among those of any other group finds none.</summary>
    public Task LookAheadAsync(IEnumerable<GroupName> groups, CancellationToken stop) => _images.LookAheadAsync(groups, stop);

    /// <summary>
    /// The image of the group's channel, or where it names none the newest that carries the fingerprint; verified, where the group
    /// asks for that.
    /// </summary>
    /// <param name="fingerprint">What an image baked now would carry; null where that is not known.</param>
    /// <exception cref="BakerException">There is none; the remedy names the command to run.</exception>
    public async Task<CatalogImage> ChooseAsync(
        NodeGroup group,
        string? fingerprint,
        bool allowStale,
        bool allowUnverified,
        CancellationToken stop)
    {
        if (group.ImageChannel is { } channel)
        {
            return Tested(group, [await OfChannelAsync(group.Name, channel, stop).ConfigureAwait(false)], allowUnverified);
        }

        var images = (await _images.OfAsync(group.Name, stop, group.Architecture, withRejected: true).ConfigureAwait(false))
            .FindAll(image => image.IsOf(group.Environment) || (fingerprint is not null && image.Fingerprint == fingerprint));
        if (images.Count == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group.Name} has no image{(group.Architecture is { } one ? $" for {one}" : "")} in {context.Clients.Region} "
                    + "that may be used.",
                $"Bake one: {context.Suggested.Package($"packer:run {group.Name}")}");
        }

        var current = images.FindAll(image => image.Fingerprint == fingerprint);
        if (fingerprint is null || allowStale)
        {
            return Tested(group, [.. current, .. images], allowUnverified);
        }

        return current.Count > 0 ? Tested(group, current, allowUnverified) : throw new BakerException(
            ExitCode.BadInput,
            $"The newest image of {group.Name}, {images[0].Id}, is stale: the group has changed since it was baked.",
            $"Bake one: {context.Suggested.Package($"packer:run {group.Name}")} (or say --allow-stale).");
    }

    /// <summary>The images of a group, for its architecture, that are finished and not revoked, the newest first.</summary>
    public Task<List<CatalogImage>> UsableAsync(NodeGroup group, CancellationToken stop) =>
        _images.OfAsync(group.Name, stop, group.Architecture, withRejected: true);

    /// <summary>The image that a channel points at.</summary>
    /// <exception cref="BakerException">It points at none, or at one that may not be used.</exception>
    public Task<CatalogImage> OfChannelAsync(GroupName group, string channel, CancellationToken stop) =>
        _images.OfChannelAsync(group, channel, context.Suggested, stop);

    /// <summary>An image that a person named, by its id or its name; it may be of another account, and carry no tag of Baker's.</summary>
    /// <exception cref="BakerException">There is no image of that name, or it is revoked.</exception>
    public async Task<FleetImage> NamedAsync(NodeGroup group, string asked, bool allowUnverified, CancellationToken stop)
    {
        var found = await _images.FindAsync(asked, stop).ConfigureAwait(false);
        if (found is null)
        {
            // That an id is not there is told with everything else that is in the way.
            return asked.StartsWith("ami-", StringComparison.Ordinal) ? new FleetImage(asked, "") : throw new BakerException(
                ExitCode.BadInput,
                $"There is no image called {Quoting.Quote(asked)} in {context.Clients.Region}.",
                $"{context.Suggested.Package("image:list")} shows the images.");
        }

        var known = CatalogImage.Of(found, context.Clients.Region);
        if (known is { Revocation: { } revocation } && revocation.Holds(context.Clock.UtcNow))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{found.ImageId} is revoked: {revocation.Why}.",
                $"Take another, or take that back: {context.Suggested.Package($"image:revoke {found.ImageId} --undo")}");
        }

        if (known is not null)
        {
            if (known.Group != group.Name.ToString())
            {
                context.Say($"WARNING {group.Name}: {found.ImageId} was baked for {known.Group}, and not for this group");
            }

            Tested(group, [known], allowUnverified);
        }

        return new FleetImage(found.ImageId, known?.Fingerprint ?? "");
    }

    /// <summary>The first that its group's tests let pass; the first of all where they need not.</summary>
    private CatalogImage Tested(NodeGroup group, List<CatalogImage> images, bool allowUnverified) =>
        images.Find(image => allowUnverified || !group.Verifies || image.Verification?.Passed == true)
        ?? throw new BakerException(
            ExitCode.BadInput,
            $"The image {images[0].Id} of {group.Name} {(images[0].IsRejected ? "did not pass its tests" : "is not verified")}.",
            $"{context.Suggested.Package($"packer:run {group.Name}")} verifies the image that is current (or say --allow-unverified).");

    /// <summary>Null where the image is not in this region.</summary>
    public Task<Image?> FindAsync(string id, CancellationToken stop) => _images.FindAsync(id, stop);
}
