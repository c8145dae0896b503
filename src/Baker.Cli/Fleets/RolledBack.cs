using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>Warns before what was rolled back comes again: by a deploy of the newer content, or by the image that went.</summary>
internal static class RolledBack
{
    /// <summary>Null where the image is not the one that went.</summary>
    public static string? Again(FleetView view, string image) =>
        Of(view) is var (gone, since, owner) && gone == image
            ? $"WARNING {view.Name} was put back at {since} by {owner}, in place of {gone}, which comes again now"
            : null;

    /// <summary>Null where nodes get what the fleet's image was made from.</summary>
    public static async Task<string?> AgainAsync(FleetSession fleet, FleetView view, NodeGroup group) =>
        Of(view) is var (gone, since, owner)
        && await fleet.FingerprintAsync(group).ConfigureAwait(false) is { } now
        && now != view.Tags.GetValueOrDefault(BakerTags.Fingerprint)
            ? $"WARNING {view.Name} was put back at {since} by {owner}, in place of {gone}: this deploys what the project has now, "
                + "which may be what was taken back"
            : null;

    private static (string Image, string Since, string Owner)? Of(FleetView view) =>
        view.Tags.GetValueOrDefault(FleetTags.RolledBack)?.Split(' ', 3) is [var gone, var since, var owner] ? (gone, since, owner) : null;
}
