using System.Collections.Immutable;
using Baker.Cloud.Environments;
using Baker.Core.Resources;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>Everything that is stale, the steps that would end it, and what was seen.</summary>
/// <param name="Saved">As it can be kept.</param>
/// <param name="Operation">Looks after what is around the fleets; its steps are carried out by it alone.</param>
/// <param name="Wanted">The fleets that the manifest asks for.</param>
internal sealed record WholePlan(
    SavedPlan Saved,
    ImmutableArray<ApplyStep> Steps,
    EnvironmentOperation Operation,
    ImmutableArray<WantedFleet> Wanted);
