using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>What <c>autoscale:status</c> knows of one node group.</summary>
/// <param name="Fleets">Its Auto Scaling groups; two while an update is under way.</param>
/// <param name="Journal">The change that is under way.</param>
/// <param name="Lock">Who has the lock.</param>
public sealed record FleetReport(GroupName Group, ImmutableArray<FleetView> Fleets, FleetJournal? Journal, LockRecord? Lock)
{
    /// <summary>The channel from which its fleet gets its image; null where that is the newest.</summary>
    public string? Channel { get; init; }

    /// <summary>Whether the manifest has no such group any more.</summary>
    public bool IsGone { get; init; }

    /// <summary>Images of these fleets that are revoked, or will be, and the words for it.</summary>
    public IReadOnlyDictionary<string, string> Revoked { get; init; } = ImmutableDictionary<string, string>.Empty;
}
