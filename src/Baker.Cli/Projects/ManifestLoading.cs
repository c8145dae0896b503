using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cli.Projects;

/// <summary>Finds and reads the manifest, and prints what is wrong with it.</summary>
internal static class ManifestLoading
{
    public const string DefaultName = "nodes.json";

    /// <summary>Reads the manifest's frame; its groups are read when the project is asked for them.</summary>
    public static NodeProject Load(Session session, string? path, bool strict = false)
    {
        var (full, name) = Find(session, path);
        var manifest = ManifestReader.Read(new SourceText(name, Read(session, full, name, isSearched: path is null)));
        return new NodeProject(session, manifest, Path.GetDirectoryName(full)!, strict) { AskedPath = path };
    }

    /// <summary>The folder of the project whose manifest that is, read or not.</summary>
    public static string FolderOf(Session session, string? path) => Path.GetDirectoryName(Find(session, path).Full)!;

    private static (string Full, string Name) Find(Session session, string? path)
    {
        var name = path ?? DefaultName;
        if (name.Length == 0)
        {
            throw new BakerException(ExitCode.BadInput, "--manifest names no file.", "Give it a path, or leave it out.");
        }

        var full = Path.GetFullPath(name, session.WorkingFolder);
        if (path is null && !Path.Exists(full) && ManifestSearch.Above(session) is { } folder)
        {
            full = Path.Combine(folder, DefaultName);
            return (full, Path.GetRelativePath(session.WorkingFolder, full));
        }

        return path is not null && Directory.Exists(full)
            ? (Path.Combine(full, DefaultName), Path.Combine(name, DefaultName))
            : (full, name);
    }

    private static byte[] Read(Session session, string full, string name, bool isSearched)
    {
        try
        {
            return ProjectFile.Read(session, full);
        }
        catch (Exception error) when (error is FileNotFoundException && new FileInfo(full).LinkTarget is { } target)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The manifest {name} is a link to {target}, where nothing is.",
                "Make the link anew, or remove it.",
                error);
        }
        catch (UnauthorizedAccessException error) when (Directory.Exists(full))
        {
            throw new BakerException(ExitCode.BadInput, $"The manifest {name} is a folder.", "Name a file with --manifest PATH.", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                Path.IsPathRooted(name) ? $"There is no manifest {name}."
                    : $"There is no manifest {name} in {Path.GetDirectoryName(full)}{(isSearched ? " or above it" : "")}.",
                "Go to the project's folder, name the manifest with --manifest PATH, or begin a project here with package init.",
                error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The manifest {name} cannot be read: permission denied.",
                "Give yourself read permission (chmod u+r), or run as its owner.",
                error);
        }
        catch (IOException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The manifest {name} cannot be read: {error.Message}",
                "Check the path and the disk.",
                error);
        }
    }
}
