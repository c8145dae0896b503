using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>A kind of artefact: one file a group in one folder.</summary>
internal interface IArtifactKind
{
    ArtifactFiles Files { get; }

    /// <summary>Relative to the project's folder.</summary>
    string Folder { get; }

    /// <summary>Kinds whose files lie in the same folder: orphans of all are told together.</summary>
    IReadOnlyList<IArtifactKind> Siblings { get; }

    /// <summary>Changes when the same group and template would compile to something else.</summary>
    ulong Seed { get; }

    /// <summary>The template that the group is rendered from; null for a kind that has none.</summary>
    string? TemplateOf(MergedGroup group);

    /// <summary>A hash of what a template holds now; 0 when it cannot be read.</summary>
    ulong HashOf(string template);

    /// <summary>Renders the group's artefact; called from several threads at once.</summary>
    void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output);

    /// <summary>Whether a file that belongs to no group was made by Baker, by its first bytes.</summary>
    bool IsOurs(ReadOnlySpan<byte> start);
}
