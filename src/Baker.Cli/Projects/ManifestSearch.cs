using Baker.Cli.Sessions;

namespace Baker.Cli.Projects;

/// <summary>
/// Finds the manifest from a folder below it, as git finds its repository: never above the home folder, on another file
/// system, or in a folder that everybody may write to, where it could be anybody's.
/// </summary>
internal static class ManifestSearch
{
    /// <summary>The nearest folder above that has a manifest; null where none has.</summary>
    public static string? Above(Session session)
    {
        var home = session.Environment.Value.GetValueOrDefault("HOME");
        home = string.IsNullOrEmpty(home) ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(home));
        HashSet<string>? mounts = null;
        for (var folder = Path.TrimEndingDirectorySeparator(session.WorkingFolder); ;)
        {
            mounts ??= MountPoints();
            if (folder == home || mounts.Contains(folder) || Path.GetDirectoryName(folder) is not { } parent)
            {
                return null;
            }

            folder = parent;
            if (File.Exists(Path.Combine(folder, ManifestLoading.DefaultName)))
            {
                return IsAnybodys(folder) ? null : folder;
            }
        }
    }

    private static bool IsAnybodys(string folder) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & UnixFileMode.OtherWrite) != 0;

    private static HashSet<string> MountPoints()
    {
        try
        {
            return DriveInfo.GetDrives()
                .Select(drive => Path.TrimEndingDirectorySeparator(drive.Name))
                .ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // the table of mounts cannot be read: the root ends the search
        }
    }
}
