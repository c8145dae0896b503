namespace Baker.LocalCloud.Sandboxes;

/// <summary>The files of the host that belong to a package of its distribution, as dpkg and rpm list them.</summary>
internal static class PackageFiles
{
    private const string Dpkg = "/var/lib/dpkg/info";

    /// <summary>Those below some folders, with the folders above them.</summary>
    public static async Task<HashSet<string>> ReadAsync(IReadOnlyList<string> below, CancellationToken stop)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (Directory.Exists(Dpkg))
        {
            foreach (var list in Directory.EnumerateFiles(Dpkg, "*.list"))
            {
                foreach (var line in File.ReadLines(list))
                {
                    Add(line);
                }
            }
        }

        if (new[] { "/var/lib/rpm", "/usr/lib/sysimage/rpm" }.Any(Directory.Exists) && HostCommand.Find("rpm") is not null)
        {
            var (code, output, _) = await HostCommand.RunAsync("rpm", ["-qal"], "/", stop).ConfigureAwait(false);
            foreach (var line in code == 0 ? output.Split('\n') : [])
            {
                Add(line);
            }
        }

        return found;

        void Add(string path)
        {
            foreach (var folder in below)
            {
                if (path.StartsWith(folder, StringComparison.Ordinal) && path.Length > folder.Length && path[folder.Length] == '/')
                {
                    for (var at = path; at is not null && found.Add(at);)
                    {
                        at = Path.GetDirectoryName(at);
                    }
                }
            }
        }
    }
}
