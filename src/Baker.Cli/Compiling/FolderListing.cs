using System.IO.Enumeration;
using Baker.Core;

namespace Baker.Cli.Compiling;

/// <summary>The files of one folder whose names end alike, listed in one go.</summary>
internal static class FolderListing
{
    /// <summary>The files' names without the extension; none when there is no such folder.</summary>
    public static HashSet<string> Names(string folder, string extension, string shown)
    {
        var names = new HashSet<string>();
        try
        {
            var entries = new FileSystemEnumerable<string>(
                folder,
                (ref FileSystemEntry entry) => new string(entry.FileName[..^extension.Length]),
                new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.FileName.EndsWith(extension) && !entry.IsDirectory,
            };
            names.UnionWith(entries);
        }
        catch (DirectoryNotFoundException)
        {
            return names;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.BadInput, $"The folder {shown} cannot be listed: {error.Message}", "It must be a folder that you may read.", error);
        }

        return names;
    }
}
