using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>How a deploy is asked to go.</summary>
/// <param name="AtOnce">How many nodes at a time, at most.</param>
/// <param name="MaxErrors">How many nodes may fail before no more are begun.</param>
/// <param name="Drains">Each node leaves its target groups before it is converged.</param>
/// <param name="BringsBackOnly">Nothing is converged: nodes that an earlier run left out of service come back as they are.</param>
/// <param name="Force">Also takes out the last healthy instance of a target group.</param>
public sealed record DeployOptions(int AtOnce, int MaxErrors = 0, bool Drains = false, bool BringsBackOnly = false, bool Force = false)
{
    /// <summary>The services that the group provides: nodes leave the catalogue before their target groups, and come back after.</summary>
    public ImmutableArray<string> Services { get; init; } = [];
}
