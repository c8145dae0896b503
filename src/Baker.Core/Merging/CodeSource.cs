using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>Where an image has a source tree from.</summary>
/// <param name="Repository">What git fetches from.</param>
/// <param name="Path">Where it lies on an instance.</param>
public sealed record CodeSource(string Repository, string Path)
{
    /// <summary>Null: the branch that the repository's HEAD names.</summary>
    public string? Branch { get; init; }

    /// <summary>A tag or a commit, instead of a branch.</summary>
    public string? Revision { get; init; }

    /// <summary>What the tree may lack though the repository has it: <c>submodules</c>, <c>lfs</c>.</summary>
    public ImmutableArray<string> Without { get; init; } = [];

    /// <summary>The branch or the revision, for people.</summary>
    public string Wanted => Revision ?? Branch ?? "HEAD";
}
