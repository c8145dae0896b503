namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// What of the host an instance must not see although root could read it: everything that an ordinary user of the
/// host cannot read, and the folder that holds the project. Only needed where root makes the sandboxes.
/// </summary>
internal static class HostSecrets
{
    private static readonly string[] s_needed = ["/etc/sudoers", "/etc/sudoers.d", "/etc/.pwd.lock", "/etc/shadow", "/etc/gshadow"];
    private static readonly (string Folder, int Depth)[] s_searched = [("/etc", 4), ("/opt", 2), ("/var", 3), ("/usr/local", 2)];

    public static IReadOnlyList<string> Find(string projectFolder)
    {
        var found = new List<string>();
        foreach (var (folder, depth) in s_searched)
        {
            if (Directory.Exists(folder))
            {
                Search(folder, depth, found);
            }
        }

        if (s_searched.Any(s => projectFolder.StartsWith(s.Folder + "/", StringComparison.Ordinal))
            || projectFolder.StartsWith("/usr/", StringComparison.Ordinal))
        {
            found.Add(projectFolder);
        }

        return found;
    }

    private static void Search(string folder, int depth, List<string> found)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry.LinkTarget is not null || s_needed.Contains(entry.FullName))
                {
                    continue;
                }

                var isFolder = entry is DirectoryInfo;
                var wanted = isFolder ? UnixFileMode.OtherRead | UnixFileMode.OtherExecute : UnixFileMode.OtherRead;
                if (!OperatingSystem.IsWindows() && (entry.UnixFileMode & wanted) != wanted)
                {
                    found.Add(entry.FullName);
                }
                else if (isFolder && depth > 1)
                {
                    Search(entry.FullName, depth - 1, found);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It changed while it was read, or this user cannot read it: then the instance cannot either.
        }
    }
}
