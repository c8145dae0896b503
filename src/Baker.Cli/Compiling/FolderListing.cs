using System.IO.Enumeration;
using Baker.Core;

namespace Baker.Cli.Compiling;

/// <summary>The files of one folder by what their names end in, listed in one go.</summary>
internal sealed class FolderListing
{
    private readonly Dictionary<string, HashSet<string>> _names;

    private FolderListing(Dictionary<string, HashSet<string>> names) => _names = names;

    /// <param name="extensions">No one of them may end in another.</param>
    public static FolderListing Of(string folder, string shown, params IEnumerable<string> extensions)
    {
        var names = extensions.ToDictionary(extension => extension, _ => new HashSet<string>());
        try
        {
            var entries = new FileSystemEnumerable<bool>(
                folder,
                (ref FileSystemEntry entry) =>
                {
                    foreach (var (extension, found) in names)
                    {
                        if (entry.FileName.EndsWith(extension))
                        {
                            return found.Add(new string(entry.FileName[..^extension.Length]));
                        }
                    }

                    return false;
                },
                new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            };
            foreach (var _ in entries)
            {
                // Each was added when it was met.
            }
        }
        catch (DirectoryNotFoundException)
        {
            return new FolderListing(names);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The folder {shown} cannot be listed: {error.Message}",
                "It must be a folder that you may read.",
                error);
        }

        return new FolderListing(names);
    }

    /// <summary>The files' names without that extension; none when there is no such folder.</summary>
    public HashSet<string> Names(string extension) => _names[extension];
}
