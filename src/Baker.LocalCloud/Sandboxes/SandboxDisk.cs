using System.Text;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Makes and copies what instances write: the files of their root and the upper layers over the host's.</summary>
internal sealed class SandboxDisk(SandboxFolders folders)
{
    /// <summary>The disk of an instance that runs on meanwhile (NoReboot) may lose a file while it is copied.</summary>
    private const int CopyAttempts = 5;

    private readonly HostFiles _host = new(Path.GetDirectoryName(folders.State) ?? folders.State, HostFiles.CacheIn(folders.State));

    public async Task PrepareAsync(SandboxSpec spec, string? snapshotId, CancellationToken stop)
    {
        var folder = folders.Instance(spec.InstanceId);
        var disk = folders.Disk(spec.InstanceId);
        Directory.CreateDirectory(Path.Combine(folder, "scratch"));
        if (!Directory.Exists(disk))
        {
            if (snapshotId is not null && Directory.Exists(folders.Snapshot(snapshotId)))
            {
                await CopyAsync(folders.Snapshot(snapshotId), disk, stop).ConfigureAwait(false);
            }
            else
            {
                MakeEmpty(disk, snapshotId is not null && Directory.Exists(folders.BaseImage(snapshotId)) ? snapshotId : null);
            }
        }

        var isOfHost = !File.Exists(SandboxFolders.Base(disk));
        WriteIdentity(spec, Path.Combine(disk, "upper", "etc"), isOfHost);
        PrivateFiles.Write(Path.Combine(folder, "default-user"), Encoding.UTF8.GetBytes(spec.DefaultUser + "\n"));
        if (spec.PublicKey is { } key)
        {
            PrivateFiles.Write(Path.Combine(folder, "public-key"), Encoding.UTF8.GetBytes(key + "\n"));
        }

        if (spec.Service is { } service)
        {
            PrivateFiles.Write(Path.Combine(folder, "service"), Encoding.UTF8.GetBytes(service));
        }

        if (!spec.UserData.IsDefaultOrEmpty)
        {
            PrivateFiles.Write(Path.Combine(folder, "user-data"), spec.UserData.AsSpan());
        }

        if (isOfHost)
        {
            var hidden = await _host.HiddenAsync(stop).ConfigureAwait(false);
            PrivateFiles.Write(Path.Combine(folder, "hidden"), Encoding.UTF8.GetBytes(string.Join('\0', hidden)));
        }
    }

    /// <summary>Copies a disk with its owners, modes, links and overlay marks; the copy appears whole or not at all.</summary>
    public static async Task CopyAsync(string from, string to, CancellationToken stop)
    {
        var fresh = to + ".new";
        await HostCommand.RemoveFolderAsync(fresh, stop).ConfigureAwait(false);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        for (var attempt = 1; ; attempt++)
        {
            var (code, _, error) = await HostCommand.RunAsync("cp", ["-a", "--", from, fresh], "/", stop).ConfigureAwait(false);
            if (code == 0)
            {
                Directory.Move(fresh, to);
                return;
            }

            await HostCommand.RemoveFolderAsync(fresh, CancellationToken.None).ConfigureAwait(false);
            if (attempt == CopyAttempts)
            {
                throw new IOException($"could not copy {from}: {error.Trim()}");
            }
        }
    }

    /// <param name="baseImage">The snapshot of a base image that is not this host.</param>
    private static void MakeEmpty(string disk, string? baseImage)
    {
        var fresh = disk + ".new";
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(fresh, "root"));
        Directory.CreateDirectory(Path.Combine(fresh, "upper"));
        if (baseImage is not null)
        {
            File.WriteAllText(SandboxFolders.Base(fresh), baseImage);
        }

        Directory.Move(fresh, disk);
    }

    private static void WriteIdentity(SandboxSpec spec, string etc, bool isOfHost)
    {
        if (new FileInfo(etc).LinkTarget is not null)
        {
            // Its scripts have made it one; nothing is written through it.
            return;
        }

        Directory.CreateDirectory(etc);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(etc, File.GetUnixFileMode("/etc")); // whatever the mask of new files is
        }

        Replace(Path.Combine(etc, "hostname"), spec.HostName + "\n");
        Replace(
            Path.Combine(etc, "hosts"),
            $"127.0.0.1 localhost\n{spec.Address} {spec.HostName}.ec2.internal {spec.HostName}\n::1 localhost ip6-localhost\n");
        Replace(
            Path.Combine(etc, "machine-id"),
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(spec.InstanceId)))[..32] + "\n");
        if (File.Exists("/etc/resolv.conf"))
        {
            Replace(Path.Combine(etc, "resolv.conf"), File.ReadAllText("/etc/resolv.conf"));
        }

        foreach (var (file, fields) in isOfHost ? new[] { ("shadow", ":*:20000:0:99999:7:::"), ("gshadow", ":*::") } : [])
        {
            var path = Path.Combine(etc, file);
            var names = file == "shadow" ? "/etc/passwd" : "/etc/group";
            if (!File.Exists(path) && File.Exists(names))
            {
                Replace(
                    path,
                    string.Concat(File.ReadLines(names).Where(l => l.Contains(':')).Select(l => l[..l.IndexOf(':')] + fields + "\n")));
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }
            }
        }
    }

    /// <summary>Never writes through a link that the instance left there.</summary>
    private static void Replace(string path, string text)
    {
        File.Delete(path);
        File.WriteAllText(path, text);
    }
}
