using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cli;

/// <summary>Finds and reads the manifest, and prints what is wrong with it.</summary>
internal static class ManifestLoading
{
    public const string DefaultName = "nodes.json";

    /// <summary>Reads the manifest's frame; its groups are read when the project is asked for them.</summary>
    public static NodeProject Load(Session session, string? path, bool strict = false)
    {
        var name = path ?? DefaultName;
        var full = Path.GetFullPath(name, session.WorkingFolder);
        if (Directory.Exists(full))
        {
            full = Path.Combine(full, DefaultName);
            name = Path.Combine(name, DefaultName);
        }

        var manifest = ManifestReader.Read(new SourceText(name, Read(full, name)));
        return new NodeProject(session, manifest, Path.GetDirectoryName(full)!, strict);
    }

    private static byte[] Read(string full, string name)
    {
        try
        {
            return File.ReadAllBytes(full);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BakerException(ExitCode.BadInput, $"There is no manifest {name} in {Path.GetDirectoryName(full)}.", "Go to the project's folder, or name the manifest with --manifest PATH.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BakerException(ExitCode.BadInput, $"The manifest {name} cannot be read: permission denied.", "Give yourself read permission (chmod u+r), or run as its owner.", error);
        }
        catch (IOException error)
        {
            throw new BakerException(ExitCode.BadInput, $"The manifest {name} cannot be read: {error.Message}", "Check the path and the disk.", error);
        }
    }
}
