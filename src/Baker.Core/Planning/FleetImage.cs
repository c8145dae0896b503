using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>What a fleet is made of: the image of the group's first architecture, and those of the others.</summary>
public sealed record FleetImage(string Id, string Fingerprint)
{
    public ImmutableArray<string> Others { get; init; } = [];
}
