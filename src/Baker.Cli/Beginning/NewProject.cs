using Baker.Cli.Compiling;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cli.Beginning;

/// <summary>The files of a new project, and how they come into a folder: all of them, and over none that is there.</summary>
internal static class NewProject
{
    public const string Schema = "nodes.schema.json";

    private static readonly string[] s_made = ["builds", "dna", "packer"];

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What every new project has beside its manifest.</summary>
    public static IReadOnlyList<NewFile> Around(string folder)
    {
        // A folder that is there already holds something else.
        var ignored = s_made.Where(name => !Path.Exists(Path.Combine(folder, name))).Select(name => $"{name}/\n");
        return
        [
            new(Schema, ManifestSchema.Text),
            new(
                ".gitignore",
                "# What is made from the manifest, and the local cloud; roles/ belongs to the project.\n.package/\n"
                    + string.Concat(ignored),
                mayBeThere: true),
        ];
    }

    /// <summary>Writes them all; where one is there already, or cannot be written, none.</summary>
    /// <returns>Those that were written, in order.</returns>
    /// <exception cref="BakerException">Files are there, or cannot be written.</exception>
    public static IReadOnlyList<NewFile> Write(string folder, IReadOnlyList<NewFile> files)
    {
        var there = files.Where(file => !file.MayBeThere && Exists(folder, file)).Select(file => file.Path).ToList();
        if (there.Count > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{string.Join(", ", there)} {(there.Count == 1 ? "is" : "are")} in {folder} already; nothing was written.",
                "Begin in an empty folder, or move "
                    + (there.Count == 1 ? "that file" : "those files") + " away; package init writes over nothing.");
        }

        var written = files.Where(file => !Exists(folder, file)).ToList();
        var made = new Stack<string>();
        try
        {
            foreach (var file in written)
            {
                Write(file, Path.Combine(folder, file.Path), made);
            }

            return written;
        }
        catch (BakerException)
        {
            // What is left of it would be in the way of the next try.
            Remove(made);
            throw;
        }
    }

    private static void Write(NewFile file, string path, Stack<string> made)
    {
        var place = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(place))
        {
            AtomicFile.CreateFolder(place, Path.GetDirectoryName(file.Path)!);
            made.Push(place);
        }

        AtomicFile.WriteNew(path, file.Content.Span, file.Path);
        made.Push(path);
        if (file.IsScript && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | Executable);
        }
    }

    private static void Remove(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            try
            {
                if (Directory.Exists(path))
                {
                    Directory.Delete(path);
                }
                else
                {
                    File.Delete(path);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The next try names it.
            }
        }
    }

    private static bool Exists(string folder, NewFile file) => Path.Exists(Path.Combine(folder, file.Path));
}
