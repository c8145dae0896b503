using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>A kind of artefact: one <c>.json</c> file a group in one folder.</summary>
internal interface IArtifactKind
{
    /// <summary>Names the kind's cache.</summary>
    string Name { get; }

    /// <summary>Relative to the project's folder.</summary>
    string Folder { get; }

    /// <summary>Changes when the same group would compile to something else; null when that cannot be told, so that nothing is cached.</summary>
    ulong? Seed { get; }

    /// <summary>Renders the group's artefact; called from several threads at once.</summary>
    void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output);

    /// <summary>Whether a file that belongs to no group was made by Baker, by its first bytes.</summary>
    bool IsOurs(ReadOnlySpan<byte> start);
}
