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
    ImmutableArray<Leftover> Leftovers);
