using Baker.Cli.Projects;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Fleets;

/// <summary>Groups that the manifest, or the environment, has no more, while the cloud still has fleets or nodes of theirs.</summary>
internal sealed class GoneGroups(NodeProject project, Func<NodeGroup, FleetContext> contextOf)
{
    /// <summary>What they are called where nodes and fleets are listed.</summary>
    /// <param name="isFleetless">Whether the group is there, and its <c>autoscale</c> is not.</param>
    public static string Words(NodeProject project, bool isFleetless = false) =>
        (isFleetless ? "has no fleet in " : "not in ")
        + project.Manifest.Source.Name
        + (project.Environment is { } environment ? $" for {environment.Name}" : "");

    /// <summary>The regions that are looked at: those of the groups that there are.</summary>
    public static IEnumerable<string> Regions(IReadOnlyList<NodeGroup> groups) => groups.Count == 0
        ? [new NodeGroup { Name = default, Attributes = [] }.Region]
        : groups.Select(group => group.Region).Distinct(StringComparer.Ordinal);

    /// <summary>All that is known of such a group: its name and where it is.</summary>
    public NodeGroup Of(GroupName name, string region) =>
        new() { Name = name, Region = region, Environment = project.Environment?.Name, Attributes = [] };

    public bool IsGone(string name) =>
        !GroupName.IsOne(name)
        || project.Manifest.Find(GroupName.Parse(name)) is not { } found
        || project.Environment?.Has(found.Name) == false;

    /// <summary>Whether the group has a fleet, or a change of one is under way.</summary>
    public async Task<bool> IsThereAsync(NodeGroup group, CancellationToken stop)
    {
        var context = contextOf(group);
        return await new FleetReader(context).HasOfBakerAsync(group.Name, stop).ConfigureAwait(false)
            || await new JournalStore(context).ReadAsync(group.Name, stop).ConfigureAwait(false) is not null;
    }

    /// <summary>A group by its name that has a fleet, or a change under way; null where there is none, or the manifest has it.</summary>
    public async Task<NodeGroup?> FindAsync(string asked, CancellationToken stop)
    {
        if (!GroupName.IsOne(asked) || !IsGone(asked))
        {
            return null;
        }

        var name = GroupName.Parse(asked);
        foreach (var region in Regions(project.Groups([])))
        {
            var group = Of(name, region);
            if (await IsThereAsync(group, stop).ConfigureAwait(false))
            {
                return group;
            }
        }

        return null;
    }
}
