using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Core.Artifacts;

namespace Baker.Cli.Baking;

/// <summary>Packs for HashiCorp Packer what Baker's own engine brings to an instance, where the templates expect it.</summary>
internal static class PackerPayloads
{
    /// <param name="listsPackages">Whether it tells in the end which packages the machine has, in a line that is not for people.</param>
    /// <returns>Its path, relative to the project's folder.</returns>
    public static string Write(NodeProject project, BakeInput input, bool listsPackages = false)
    {
        var shown = PackerPayload.PathOf(input.Group);
        var path = Path.Combine(project.Folder, shown);
        AtomicFile.CreateFolder(Path.GetDirectoryName(path)!, Path.GetDirectoryName(shown)!);
        AtomicFile.Write(path, Payload.Pack(input, listsPackages: listsPackages), shown);
        return shown;
    }
}
