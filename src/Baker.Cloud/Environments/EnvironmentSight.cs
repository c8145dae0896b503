using System.Collections.Immutable;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What is wanted of an environment, what was found of it, and the steps from the one to the other.</summary>
public sealed record EnvironmentSight(ImmutableArray<WantedFleet> Wanted, EnvironmentFacts Facts, ImmutableArray<EnvironmentStep> Steps);
