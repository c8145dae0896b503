using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>Chef roles.</summary>
internal sealed class RoleKind(Settings settings) : IArtifactKind
{
    public static ArtifactFiles RoleFiles { get; } = new("roles", ".json");

    public ArtifactFiles Files => RoleFiles;

    public string Folder => settings.RolesFolder;

    public IReadOnlyList<IArtifactKind> Siblings => [];

    public ulong Seed => BitConverter.ToUInt64(typeof(RoleText).Module.ModuleVersionId.ToByteArray());

    public string? TemplateOf(MergedGroup group) => null;

    public ulong HashOf(string template) => 0;

    public void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output) => RoleText.Write(group, output);

    public bool IsOurs(ReadOnlySpan<byte> start) => start.StartsWith("{\n    \"name\": \"role-"u8);
}
