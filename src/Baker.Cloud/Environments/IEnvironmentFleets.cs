using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>
/// How the fleets of an environment are run, updated and deleted, and their images baked: as by the commands for one group.
/// </summary>
public interface IEnvironmentFleets
{
    /// <summary>The fleets that the manifest asks for; with the images of those that run too, where those are to be current.</summary>
    Task<ImmutableArray<WantedFleet>> WantedAsync(IReadOnlySet<string> running, bool updates, CancellationToken stop);

    Task BakeAsync(ImmutableArray<GroupName> groups, CancellationToken stop);

    Task RunAsync(GroupName group, CancellationToken stop);

    Task UpdateAsync(GroupName group, CancellationToken stop);

    /// <summary>Deletes it whatever state it is in; it may be in the manifest no more.</summary>
    Task DeleteAsync(GroupName group, string region, CancellationToken stop);
}
