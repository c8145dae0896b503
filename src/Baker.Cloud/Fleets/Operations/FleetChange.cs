using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>A change that may begin, or that was begun by an earlier run and goes on.</summary>
/// <param name="Written">When the journal was last written, by the cloud's clock; null for a change that is new.</param>
public sealed record FleetChange(FleetJournal Journal, DateTimeOffset? Written)
{
    public bool IsContinued => Written is not null;

    /// <summary>Whether it goes on otherwise than its journal has it yet.</summary>
    public bool IsAltered { get; init; }

    /// <summary>Whether the fleet is what it would be made to already, so that nothing is to be done.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>What is left to do.</summary>
    public ImmutableArray<FleetStep> Steps => IsCurrent ? [] : FleetPlan.Remaining(Journal);
}
