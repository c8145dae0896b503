namespace Baker.LocalCloud.Storage;

/// <summary>The folder beside a manifest that keeps what commands remember: secrets may be in its logs and in its cloud.</summary>
public static class StateFolder
{
    /// <summary>Makes it, or closes the one that is there, for its owner alone; and keeps it out of git.</summary>
    public static void Make(string folder)
    {
        PrivateFiles.MakeFolder(folder);
        var ignore = Path.Combine(folder, ".gitignore");
        if (!File.Exists(ignore))
        {
            PrivateFiles.Write(ignore, "*\n"u8);
        }
    }

    /// <summary>
    /// The first link at its place, in it or in a folder of it; null where there is none. What is written and removed there would be
    /// written and removed elsewhere.
    /// </summary>
    public static string? FindLink(string folder)
    {
        var place = new DirectoryInfo(folder);
        if (place.LinkTarget is not null)
        {
            return folder;
        }

        if (!place.Exists)
        {
            return null;
        }

        var entries = place.GetFileSystemInfos();
        return entries
            .Concat(entries.Where(IsFolder).SelectMany(each => new DirectoryInfo(each.FullName).EnumerateFileSystemInfos()))
            .FirstOrDefault(each => each.LinkTarget is not null)?.FullName;

        static bool IsFolder(FileSystemInfo each) => each is DirectoryInfo { LinkTarget: null };
    }

    /// <summary>The same as <see cref="Make"/> for who can do without it.</summary>
    public static void TryMake(string folder)
    {
        try
        {
            Make(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A project that is only read: logs and timings say so themselves, or are done without.
        }
    }
}
