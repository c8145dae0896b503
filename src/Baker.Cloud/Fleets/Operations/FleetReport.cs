using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Baker.Core.Resources;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>What <c>autoscale:status</c> knows of one node group.</summary>
/// <param name="Fleets">Its Auto Scaling groups; two while an update is under way.</param>
/// <param name="Journal">The change that is under way.</param>
/// <param name="Lock">Who has the lock.</param>
public sealed record FleetReport(GroupName Group, ImmutableArray<FleetView> Fleets, FleetJournal? Journal, LockRecord? Lock)
{
    /// <summary>How long ago who has the lock was last heard of.</summary>
    public TimeSpan? Silent { get; init; }

    /// <summary>Where it is being released with groups that are not reported: how far they are, null where they are done.</summary>
    public IReadOnlyDictionary<GroupName, FleetJournal?> Beside { get; init; } = ImmutableDictionary<GroupName, FleetJournal?>.Empty;

    /// <summary>The channel from which its fleet gets its image; null where that is the newest.</summary>
    public string? Channel { get; init; }

    /// <summary>How the bounds of its fleet differ from the manifest's.</summary>
    public ImmutableArray<Difference> SizeDrift { get; init; } = [];

    /// <summary>Whether the manifest has no such group any more.</summary>
    public bool IsGone { get; init; }

    /// <summary>What its balancers answer with instead of its nodes.</summary>
    public NoticeRecord? Notice { get; init; }

    /// <summary>What is wrong with images: they are revoked, or will be, or did not pass their tests.</summary>
    public IReadOnlyDictionary<string, string> ImageProblems { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether requests get the notice instead of the fleet; what gets none from a balancer works on.</summary>
    public bool IsBehindNotice(FleetView view) => Notice is not null && !view.TargetGroups.IsEmpty;
}
