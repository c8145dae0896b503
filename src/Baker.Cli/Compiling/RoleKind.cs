using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>Chef roles.</summary>
internal sealed class RoleKind(Settings settings) : IArtifactKind
{
    public const string CacheName = "roles";

    public string Name => CacheName;

    public string Folder => settings.RolesFolder;

    public ulong? Seed => BitConverter.ToUInt64(typeof(RoleText).Module.ModuleVersionId.ToByteArray());

    public void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output) => RoleText.Write(group, output);

    public bool IsOurs(ReadOnlySpan<byte> start) => start.StartsWith("{\n    \"name\": \"role-"u8);
}
