using Baker.Cloud.Launching;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Fleets;

/// <summary>What is launched from a finished image of a group: by a fleet, or as an instance by itself.</summary>
internal sealed class ImageLaunch(FleetContext context)
{
    /// <summary>
    /// Whether nodes read from the metadata service which environment they are in: an image may go from one to another, and its nodes
    /// must not take their configuration along. Or which Auto Scaling group has the hook that holds them while they drain.
    /// </summary>
    internal static bool KnowsItsTags(FleetContext context, NodeGroup group) =>
        group.Config is not null
        && (context.Scope.Environment is not null || group.Services.Hook is not null)
        && group.Tags.All(tag => Shapes.IsPlainTagKey(tag.Key));

    /// <param name="own">Baker's own tags, which the group's do not replace.</param>
    public async Task<LaunchSpec> SpecAsync(
        NodeGroup group,
        string imageId,
        string? subnetId,
        IEnumerable<KeyValuePair<string, string>> own,
        CancellationToken stop)
    {
        var image = await new FleetImages(context).FindAsync(imageId, stop).ConfigureAwait(false);
        var mappings = image?.BlockDeviceMappings ?? [];
        var place = subnetId ?? group.SubnetIds.FirstOrDefault();
        var groups = await new SecurityGroups(context.Clients, context.Pacer).IdsAsync(group, place, stop).ConfigureAwait(false);
        return LaunchSpec.Of(group, imageId, groups, own.Concat(group.Tags).DistinctBy(tag => tag.Key)) with
        {
            SubnetId = subnetId,
            KnowsItsTags = KnowsItsTags(context, group),
            Devices = LaunchDevices.OfImage(
                group,
                mappings.Select(mapping => mapping.DeviceName),
                mappings.Where(mapping => mapping.Ebs?.SnapshotId is { Length: > 0 }).Select(mapping => mapping.DeviceName)),
        };
    }
}
