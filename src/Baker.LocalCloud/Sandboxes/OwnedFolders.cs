namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// In a user namespace the host's folders belong to nobody, so that not even root could make a file in them. A folder of
/// the same name in the upper layer is the instance's own, with the host's files showing through: make those that scripts write to.
/// </summary>
internal static class OwnedFolders
{
    private static readonly (string Folder, int Depth)[] s_mirrored =
    [
        ("/etc", 4), ("/opt", 2), ("/usr", 2), ("/usr/local", 4), ("/var", 3),
    ];

    public static void Mirror(string upper)
    {
        foreach (var (folder, depth) in s_mirrored)
        {
            if (Directory.Exists(folder))
            {
                Mirror(upper, new DirectoryInfo(folder), depth);
            }
        }
    }

    private static void Mirror(string upper, DirectoryInfo host, int depth)
    {
        var own = Path.Combine(upper, host.FullName.TrimStart('/'));
        if (host.LinkTarget is not null || File.Exists(own) || OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            var children = depth > 0 ? host.GetDirectories() : [];
            Directory.CreateDirectory(own, host.UnixFileMode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (var child in children)
            {
                Mirror(upper, child, depth - 1);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // This user cannot read it: then the instance cannot either.
        }
    }
}
