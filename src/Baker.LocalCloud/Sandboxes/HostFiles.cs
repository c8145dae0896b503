using System.Text;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// What of the host's system folders an instance does not see. It sees what a package brought and everyone may read, what is
/// named here, and links; everything else is hidden: it may be a secret, although its mode does not say so.
/// </summary>
/// <param name="cache">Where what is slow to find is kept: see <see cref="CacheIn"/>.</param>
internal sealed class HostFiles(string projectFolder, string cache)
{
    /// <summary>Folders in which people keep things of their own.</summary>
    private static readonly string[] s_mixed = ["/etc", "/var", "/opt", "/usr/local"];

    /// <summary>Folders that hold programs: what everyone may read in them.</summary>
    private static readonly string[] s_programs = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu"];

    private static readonly string[] s_ofUsr =
    [
        "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "include", "games", "src", "local", "etc",
        "X11R6", "tmp", "opt", "x86_64-linux-gnu", "aarch64-linux-gnu",
    ];

    private static readonly string[] s_ofLocal = ["bin", "etc", "games", "include", "lib", "man", "sbin", "share", "src"];

    /// <summary>Folders that an instance gets empty; init makes them again.</summary>
    private static readonly string[] s_emptied = ["/var/log", "/var/spool", "/var/mail", "/var/backups", "/var/crash", "/var/tmp"];

    /// <summary>Closed to everyone on the host, and needed: an instance's shadow files are written for it.</summary>
    private static readonly string[] s_needed = ["/etc/sudoers", "/etc/sudoers.d", "/etc/.pwd.lock", "/etc/shadow", "/etc/gshadow"];

    /// <summary>Made by the scripts of packages, or by whoever installed the host, without a secret in them.</summary>
    private static readonly string[] s_named =
    [
        "/etc/ssl/certs", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/pki", "/usr/local/share/ca-certificates",
        "/etc/resolv.conf", "/etc/localtime", "/etc/timezone", "/etc/default/locale", "/etc/locale.conf", "/etc/locale.gen",
        "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/subuid", "/etc/subgid", "/etc/shells", "/etc/profile", "/etc/pam.d",
        "/etc/security", "/etc/os-release", "/etc/system-release", "/etc/hostname", "/etc/hosts", "/etc/machine-id",
        "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/xml", "/etc/sgml", "/etc/fonts", "/etc/dpkg/origins",
        "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/etc/yum.repos.d", "/etc/apk",
        "/var/lib/dpkg", "/var/lib/apt", "/var/lib/pam", "/var/lib/ucf", "/var/lib/rpm", "/var/lib/dnf", "/var/lib/xml-core",
        "/var/lib/sgml-base", "/var/cache/debconf", "/var/cache/fontconfig", "/var/cache/man",
    ];

    private readonly Lazy<Task<IReadOnlyList<string>>> _programs = new(() => ClosedProgramsAsync(cache, CancellationToken.None));
    private readonly Lazy<Task<HashSet<string>>> _packaged = new(() => PackageFiles.ReadAsync(s_mixed, CancellationToken.None));

    /// <summary>The project's own, or where the user has a folder for such, one for all projects.</summary>
    public static string CacheIn(string stateFolder) => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } caches
        ? Path.Combine(caches, "baker", "closed-programs")
        : Path.Combine(stateFolder, "closed-programs");

    /// <summary>The paths to hide as the host is now.</summary>
    public async Task<IReadOnlyList<string>> HiddenAsync(CancellationToken stop)
    {
        var hidden = new List<string>(await _programs.Value.WaitAsync(stop).ConfigureAwait(false));
        var packaged = await _packaged.Value.WaitAsync(stop).ConfigureAwait(false);
        foreach (var folder in s_mixed)
        {
            if (new DirectoryInfo(folder) is { Exists: true, LinkTarget: null } tree)
            {
                Search(tree, named: false, packaged, hidden);
            }
        }

        if (s_programs.Concat(s_mixed).Any(folder => projectFolder.StartsWith(folder + "/", StringComparison.Ordinal)))
        {
            hidden.Add(projectFolder);
        }

        hidden.Sort(StringComparer.Ordinal);
        return hidden;
    }

    private static void Search(DirectoryInfo folder, bool named, HashSet<string> packaged, List<string> hidden)
    {
        try
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                var path = entry.FullName;
                if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    continue;
                }

                var isFolder = entry is DirectoryInfo;
                if (s_emptied.Contains(path) || (!s_needed.Contains(path) && !IsForEveryone(entry, isFolder)))
                {
                    hidden.Add(path);
                }
                else if (isFolder && (named || IsNamed(path)))
                {
                    Search((DirectoryInfo)entry, named: true, packaged, hidden);
                }
                else if (isFolder && MayHold(path, packaged))
                {
                    Search((DirectoryInfo)entry, named: false, packaged, hidden);
                }
                else if (isFolder
                    || (!named && !IsNamed(path) && !s_needed.Contains(path) && !packaged.Contains(path))
                    || HoldsPassword(path))
                {
                    hidden.Add(path);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It changed while it was read, or this user cannot read it: then the instance cannot either.
        }
    }

    private static bool IsNamed(string path) => s_named.Contains(path);

    private static bool MayHold(string folder, HashSet<string> packaged) => packaged.Contains(folder)
        || s_needed.Contains(folder)
        || (Path.GetDirectoryName(folder) == "/usr/local" && s_ofLocal.Contains(Path.GetFileName(folder)))
        || s_named.Any(name => name.StartsWith(folder + "/", StringComparison.Ordinal));

    private static bool IsForEveryone(FileSystemInfo entry, bool isFolder)
    {
        var wanted = isFolder ? UnixFileMode.OtherRead | UnixFileMode.OtherExecute : UnixFileMode.OtherRead;
        return OperatingSystem.IsWindows() || (entry.UnixFileMode & wanted) == wanted;
    }

    /// <summary>Sources of packages are named, and may have a user and a password in their addresses.</summary>
    private static bool HoldsPassword(string path) => path.StartsWith("/etc/apt/sources.list", StringComparison.Ordinal)
        && File.ReadLines(path).Any(line => line.IndexOf("://", StringComparison.Ordinal) is var at and >= 0
            && line[(at + 3)..].Split('/', ' ')[0].Contains('@', StringComparison.Ordinal));

    /// <summary>
    /// There are a hundred thousand files in them, so that this is asked of a program that is fast at it, once an hour, and again
    /// after packages have changed.
    /// </summary>
    private static async Task<IReadOnlyList<string>> ClosedProgramsAsync(string cache, CancellationToken stop)
    {
        if (Known(cache) is { } known)
        {
            return known;
        }

        var folders = s_programs.Where(folder => new DirectoryInfo(folder) is { Exists: true, LinkTarget: null }).ToArray();
        var others = new DirectoryInfo("/usr").EnumerateFileSystemInfos()
            .Where(entry => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && !s_ofUsr.Contains(entry.Name))
            .Select(entry => entry.FullName)
            .ToArray();
        var (code, output, _) = await HostCommand.RunAsync(
            "find",
            [
                .. folders, "-path", "/usr/local", "-prune", "-o", "-type", "l", "-o",
                "(", "-type", "d", "!", "-perm", "-005", "-o", "!", "-type", "d", "!", "-perm", "-004", ")", "-prune", "-print0",
            ],
            "/",
            stop).ConfigureAwait(false);
        var closed = output + string.Join('\0', others);
        if (code == 0)
        {
            Keep(cache, closed);
        }

        return Paths(closed);
    }

    private static string[]? Known(string cache)
    {
        try
        {
            return IsFresh(cache) ? Paths(File.ReadAllText(cache)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // it is another user's, or has gone
        }
    }

    private static string[] Paths(string text) => text.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsFresh(string cache)
    {
        var made = File.GetLastWriteTimeUtc(cache);
        return TimeProvider.System.GetUtcNow() - made is var age && age >= TimeSpan.Zero && age < TimeSpan.FromHours(1)
            && new[] { "/usr", "/var/lib/dpkg/status", "/var/lib/rpm" }.All(path => File.GetLastWriteTimeUtc(path) < made);
    }

    private static void Keep(string cache, string closed)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
            var fresh = $"{cache}.{Environment.ProcessId}";
            PrivateFiles.Write(fresh, Encoding.UTF8.GetBytes(closed));
            File.Move(fresh, cache, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Where it cannot be written the next one is slower, and no more.
        }
    }
}
