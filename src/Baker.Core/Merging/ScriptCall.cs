using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>A script of the repository, and how it is run.</summary>
/// <param name="Path">Relative to the manifest's folder.</param>
public sealed record ScriptCall(string Path)
{
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The folder on the instance that it runs in; null: where the payload is.</summary>
    public string? Folder { get; init; }
}
