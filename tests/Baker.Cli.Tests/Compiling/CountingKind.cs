using Baker.Cli.Compiling;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Tests.Compiling;

/// <summary>A kind of artefact that tells which groups were rendered.</summary>
internal sealed class CountingKind(IArtifactKind kind) : IArtifactKind
{
    private readonly List<string> _rendered = [];

    public IReadOnlyList<string> Rendered => _rendered;

    public ArtifactFiles Files => kind.Files;

    public string Folder => kind.Folder;

    public IReadOnlyList<IArtifactKind> Siblings => kind.Siblings;

    public ulong Seed => kind.Seed;

    public string? TemplateOf(MergedGroup group) => kind.TemplateOf(group);

    public ulong HashOf(string template) => kind.HashOf(template);

    public void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output)
    {
        lock (_rendered)
        {
            _rendered.Add(group.Name);
        }

        kind.Render(group, entry, output);
    }

    public bool IsOurs(ReadOnlySpan<byte> start) => kind.IsOurs(start);
}
