using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>How a deploy of one group ended.</summary>
/// <param name="Results">One for each node that was to be converged.</param>
/// <param name="StillOut">Nodes that were left out of service.</param>
public sealed record DeployReport(ImmutableArray<DeployResult> Results, ImmutableArray<DeployNode> StillOut);
