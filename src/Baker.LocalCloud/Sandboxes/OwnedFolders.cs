namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// In a user namespace the host's folders belong to nobody, so that not even root could make a file in them. A folder of
/// the same name in a layer above is the instance's own, with the host's files showing through: those that scripts write to.
/// </summary>
internal static class OwnedFolders
{
    private static readonly (string Folder, int Depth)[] s_mirrored =
    [
        ("/etc", 4), ("/opt", 2), ("/usr", 2), ("/usr/local", 4), ("/var", 3),
    ];

    public static IReadOnlyList<string> Find(IReadOnlyList<string> hidden)
    {
        var without = hidden.ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        foreach (var (folder, depth) in s_mirrored)
        {
            if (Directory.Exists(folder))
            {
                Find(new DirectoryInfo(folder), depth, without, found);
            }
        }

        return found;
    }

    private static void Find(DirectoryInfo host, int depth, HashSet<string> hidden, List<string> found)
    {
        if (host.LinkTarget is not null || hidden.Contains(host.FullName))
        {
            return;
        }

        try
        {
            var children = depth > 0 ? host.GetDirectories() : [];
            found.Add(host.FullName);
            foreach (var child in children)
            {
                Find(child, depth - 1, hidden, found);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // This user cannot read it: then the instance cannot either.
        }
    }
}
