using Baker.Cloud.Fleets.Operations;
using Baker.Core.Manifest;

namespace Baker.Cli.Commands;

/// <summary>What one look at fleets saw.</summary>
/// <param name="Current">The fingerprint that each group's image should have; null where it is not known.</param>
/// <param name="WithTargets">Whether target groups were looked into.</param>
/// <param name="Fleetless">The groups of the manifest that have no fleet there.</param>
internal sealed record FleetsSeen(
    IReadOnlyList<FleetReport> Reports,
    IReadOnlyDictionary<string, string?> Current,
    bool WithTargets,
    IReadOnlySet<GroupName> Fleetless);
