using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>What a group has to do with services.</summary>
public sealed record ServiceGroup(
    GroupName Name,
    string Region,
    ImmutableArray<ProvidedService> Provides,
    ImmutableArray<NeededService> Needs)
{
    public static ServiceGroup Of(NodeGroup group) => new(group.Name, group.Region, group.Provides, group.Needs);

    /// <summary>The same of a group that may have errors; null where it is not known where it runs.</summary>
    internal static ServiceGroup? Of(MergedGroup group) => AncestryChecks.RegionOf(group) is { } region
        ? new(group.Name, region, MergedServices.Provided(group), MergedServices.Needed(group))
        : null;
}
