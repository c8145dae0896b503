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
    /// <summary>The size of the new group, where it is not the old one's: what is null stays.</summary>
    public (int? Min, int? Max, int? Desired) Size { get; init; }

    /// <summary>Whether the size of the new group may leave fewer than two healthy instances in a target group.</summary>
    public bool LeavesFew { get; init; }

    /// <summary>Whether nothing is done where the fleet is what it would be made to already.</summary>
    public bool SparesCurrent { get; init; }

    /// <summary>Whether nodes of the new group that are not healthy are put into quarantine where the update is taken back.</summary>
    public bool KeepsSick { get; init; }

    /// <summary>Whether alarms of the user's own that point at the old group are pointed at the new one.</summary>
    public bool MovesAlarms { get; init; }

    /// <summary>The new one gets its share of the requests a little at a time; null where it gets all at once.</summary>
    public CanarySettings? Canary { get; init; }

    /// <summary>Whether a person is waited for between the canary's steps.</summary>
    public bool Approves { get; init; }

    /// <summary>For the image that comes after one that an earlier run had begun: what was to be judged is judged again.</summary>
    /// <param name="settings">What the manifest says of canaries.</param>
    public UpdateOptions After(FleetJournal finished, CanarySettings? settings) => finished.Canary is not { } canary ? this : this with
    {
        Canary = Canary ?? settings ?? canary.Settings,
        Approves = Approves || canary.Approves,
        Soak = TimeSpan.Zero, // its steps say how long both serve
        Size = default,
    };
}
