using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>How an update is done.</summary>
/// <param name="IsRolling">By instance refresh, instead of a new group beside the old one.</param>
/// <param name="Soak">How long both serve before the old one is taken out.</param>
/// <param name="KeepWarm">How long the old one is kept; null is the manifest's <c>timeout</c>.</param>
/// <param name="Alarms">CloudWatch alarms that end it when they go off.</param>
public sealed record UpdateOptions(bool IsRolling, TimeSpan Soak, TimeSpan? KeepWarm, ImmutableArray<string> Alarms)
{
    /// <summary>The new one gets its share of the requests a little at a time; null where it gets all at once.</summary>
    public CanarySettings? Canary { get; init; }

    /// <summary>Whether a person is waited for between the canary's steps.</summary>
    public bool Approves { get; init; }
}
