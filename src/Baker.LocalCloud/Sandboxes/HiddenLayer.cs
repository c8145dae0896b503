namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// The layer between the host's folders and an instance's own: marks over what is hidden, and, where an ordinary user makes
/// the sandbox, folders that belong to it. It lies in memory and is made anew at each boot, so that no image keeps it.
/// </summary>
internal sealed class HiddenLayer(string folder, bool user)
{
    private const nint HereAndNow = -100; // AT_FDCWD
    private const nint Mark = 0x2000; // overlayfs's for "removed": a character device 0/0
    private const nint OwnerAndGroup = 0x18; // STATX_UID, STATX_GID
    private const int OwnerOffset = 20;
    private const int StatusSize = 256;

    /// <param name="hidden">The host's paths, each after those above it.</param>
    public void Make(IReadOnlyList<string> hidden)
    {
        foreach (var path in hidden)
        {
            // A folder above this one may be hidden already.
            if (MakeFolder(Path.GetDirectoryName(path)!) && !Path.Exists(At(path)))
            {
                SystemCall.Of($"hide {path}", SystemCallNumbers.Mknodat, HereAndNow, SystemCall.Text(At(path)), Mark).Do();
            }
        }

        if (user)
        {
            foreach (var path in OwnedFolders.Find(hidden))
            {
                MakeFolder(path);
            }
        }
    }

    private string At(string path) => Path.Combine(folder, path.TrimStart('/'));

    private bool MakeFolder(string path)
    {
        var at = At(path);
        if (path == "/" || Directory.Exists(at))
        {
            return true;
        }

        // A folder that the host removed meanwhile has nothing left to hide.
        if (!MakeFolder(Path.GetDirectoryName(path)!) || Path.Exists(at) || !Directory.Exists(path) || OperatingSystem.IsWindows())
        {
            return false;
        }

        Directory.CreateDirectory(at);
        File.SetUnixFileMode(at, File.GetUnixFileMode(path) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!user)
        {
            TakeOwner(path, at);
        }

        return true;
    }

    private static void TakeOwner(string from, string to)
    {
        var status = SystemCall.Bytes(new byte[StatusSize]);
        SystemCall.Of($"statx {from}", SystemCallNumbers.Statx, HereAndNow, SystemCall.Text(from), 0, OwnerAndGroup, status).Do();
        var (owner, group) = (SystemCall.ReadNumber(status, OwnerOffset), SystemCall.ReadNumber(status, OwnerOffset + sizeof(uint)));
        SystemCall.Of($"chown {to}", SystemCallNumbers.Fchownat, HereAndNow, SystemCall.Text(to), owner, group).Do();
    }
}
