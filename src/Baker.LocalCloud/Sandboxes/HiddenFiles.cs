using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// The layer between the host's folders and an instance's own: marks over what is hidden, and, where an ordinary user makes
/// the sandboxes, folders that belong to it. It is no part of a disk, so that no image keeps it. Launches share one while it fits.
/// </summary>
internal sealed class HiddenFiles(SandboxFolders folders, SandboxMode mode)
{
    private readonly HostFiles _host = new(Path.GetDirectoryName(folders.State) ?? folders.State);
    private readonly ConcurrentDictionary<string, Lazy<Task>> _layers = new(StringComparer.Ordinal);

    /// <summary>The folder of a layer for the host as it is now.</summary>
    public async Task<string> LayerAsync(CancellationToken stop)
    {
        var hidden = await _host.HiddenAsync(stop).ConfigureAwait(false);
        var owned = mode == SandboxMode.User ? OwnedFolders.Find(hidden) : [];
        var content = string.Join('\0', hidden) + "\0\0" + string.Join('\0', owned.Select(folder => $"{folder.Path} {folder.Mode}"));
        var layer = folders.Hidden(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..16]);
        var made = _layers.GetOrAdd(layer, _ => new Lazy<Task>(() => MakeAsync(layer, hidden, owned)));
        try
        {
            await made.Value.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _layers.TryRemove(layer, out _);
            throw;
        }

        return layer;
    }

    private async Task MakeAsync(
        string layer,
        IReadOnlyList<string> hidden,
        IReadOnlyList<(string Path, UnixFileMode Mode)> owned)
    {
        if (Directory.Exists(layer))
        {
            return;
        }

        var fresh = layer + ".new";
        await HostCommand.RemoveFolderAsync(fresh, CancellationToken.None).ConfigureAwait(false);
        Directory.CreateDirectory(fresh);
        foreach (var path in hidden)
        {
            // A folder above this one may be hidden already.
            MakeParents(fresh, Path.GetDirectoryName(path)!);
            var at = Path.Combine(fresh, path.TrimStart('/'));
            if (Directory.Exists(Path.GetDirectoryName(at)) && !Path.Exists(at))
            {
                Whiteout.Create(at);
            }
        }

        foreach (var (path, modeOfFolder) in owned)
        {
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path.Combine(fresh, path.TrimStart('/')), modeOfFolder);
            }
        }

        if (mode == SandboxMode.Root)
        {
            const string owners = """
                cd "$1" && find . -mindepth 1 -type d -exec sh -c 'cd / && stat -c "%u:%g %n" "$@"' sh {} + |
                    while read -r owner path; do [ "$owner" = 0:0 ] || chown "$owner" "$path"; done
                """;
            await HostCommand.RunAsync("sh", ["-c", owners, "sh", fresh], "/", CancellationToken.None).ConfigureAwait(false);
        }

        Directory.Move(fresh, layer);
    }

    /// <summary>Folders of an upper layer, with the modes that the host's have.</summary>
    public static void MakeParents(string upper, string path)
    {
        var at = upper;
        var host = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            host = Path.Combine(host, part);
            if (Directory.Exists(at))
            {
                continue;
            }

            if (Path.Exists(at) || OperatingSystem.IsWindows())
            {
                return;
            }

            Directory.CreateDirectory(at);
            File.SetUnixFileMode(at, File.GetUnixFileMode(host));
        }
    }
}
