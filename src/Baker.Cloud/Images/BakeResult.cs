using System.Collections.Immutable;
using Baker.Cloud.Changes;
using Baker.Core;

namespace Baker.Cloud.Images;

/// <summary>How one group's bake ended, and what it left.</summary>
public sealed record BakeResult(
    string Group,
    BakeOutcome Outcome,
    ExitCode Code,
    TimeSpan Took,
    string? ImageId,
    string? ImageName,
    string? Failure,
    ImmutableArray<Leftover> Leftovers)
{
    /// <summary>The end of a bake that waited for another group's image in vain.</summary>
    public static BakeResult NotBegun(string group, BakeResult parent) => parent.Outcome == BakeOutcome.Interrupted
        ? new(group, BakeOutcome.Interrupted, parent.Code, TimeSpan.Zero, null, null, "interrupted", [])
        : new(
            group,
            BakeOutcome.Failed,
            parent.Code,
            TimeSpan.Zero,
            null,
            null,
            $"not begun: the bake of {parent.Group}, whose image it starts from, failed",
            []);
}
