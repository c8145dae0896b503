namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// Assembles the root of one instance: the host's system folders below, without what is hidden of them, the instance's own
/// changes above, and fresh folders for what only lasts until it stops.
/// </summary>
internal sealed class RootTree(string folder, bool user)
{
    private static readonly string[] s_system =
        ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "var", "opt", "nix", "gnu"];

    private static readonly string[] s_fresh = ["proc", "sys", "dev", "run", "tmp"];
    private static readonly string[] s_devices = ["null", "zero", "full", "random", "urandom", "tty"];

    private const UnixFileMode Shared = (UnixFileMode)0b1_111_111_111; // 1777
    private const UnixFileMode Usual = (UnixFileMode)0b111_101_101; // 755

    private const nint ReadOnly = 1;
    private const nint NoSuid = 2;
    private const nint NoDevices = 4;
    private const nint NoExecution = 8;
    private const nint Remount = 32;
    private const nint Bind = 4096;

    private readonly string _disk = Path.Combine(folder, "disk");
    private readonly string _scratch = Path.Combine(folder, "scratch");
    private readonly string _hidden = Path.Combine(folder, "scratch", "hidden");

    /// <summary>The folder that becomes the instance's root.</summary>
    public string Root { get; private set; } = Path.Combine(folder, "disk", "root");

    public void Mount()
    {
        if (File.Exists(SandboxFolders.Base(_disk)))
        {
            OwnSystem(File.ReadAllText(SandboxFolders.Base(_disk)));
        }
        else
        {
            HostSystem();
        }

        foreach (var name in s_fresh)
        {
            OwnFolder(Path.Combine(Root, name));
        }

        var temporary = Folder(Path.Combine(_scratch, "tmp"), Shared);
        Mount(temporary, At("tmp"), null, Bind);
        Mount("run", At("run"), "tmpfs", NoSuid | NoDevices, "mode=755");
        Folder(At("run/lock"), Shared);
        Folder(At("run/shm"), Shared);
        Folder(At("run/baker"), Usual);
        Processes();
        if (!user)
        {
            Mount("sysfs", At("sys"), "sysfs", ReadOnly | NoSuid | NoDevices | NoExecution, null, mayFail: true);
        }

        Devices();
    }

    /// <summary>A base image of the user's own: nothing of the host is below.</summary>
    private void OwnSystem(string baseImage)
    {
        var state = Path.GetDirectoryName(Path.GetDirectoryName(folder))!;
        var lower = SandboxFolders.RootFileSystem(new SandboxFolders(state).BaseImage(baseImage));
        if (!Directory.Exists(lower))
        {
            throw new IOException($"the root file system of its base image is gone: there is no {lower}");
        }

        Root = Directory.CreateDirectory(Path.Combine(_scratch, "root")).FullName;
        Overlay(Escaped(lower), Path.Combine(_disk, "upper"), Path.Combine(_scratch, "work"), Root);
    }

    private void HostSystem()
    {
        Mount(Root, Root, null, Bind);
        Mount("hidden", Folder(_hidden, Usual), "tmpfs", NoSuid | NoExecution, "mode=755");
        var paths = File.ReadAllText(Path.Combine(folder, "hidden")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        new HiddenLayer(_hidden, user).Make(paths);
        foreach (var name in s_system)
        {
            System(name);
        }
    }

    /// <summary>Puts a file of the host into the instance's <c>/run/baker</c>.</summary>
    public void Give(string file, string name)
    {
        if (File.Exists(file))
        {
            File.WriteAllBytes(At($"run/baker/{name}"), File.ReadAllBytes(file));
        }
    }

    private string At(string path) => Path.Combine(Root, path);

    private void System(string name)
    {
        var host = new DirectoryInfo("/" + name);
        if (host.LinkTarget is { } target)
        {
            if (!Path.Exists(At(name)) && new FileInfo(At(name)).LinkTarget is null)
            {
                File.CreateSymbolicLink(At(name), target);
            }
        }
        else if (host.Exists)
        {
            OwnFolder(At(name));
            var mask = Path.Combine(_hidden, name);
            var lower = Directory.Exists(mask) ? Escaped(mask) + ":/" + name : "/" + name;
            Overlay(lower, Path.Combine(_disk, "upper", name), Path.Combine(_scratch, "work", name), At(name));
        }
    }

    private void Overlay(string lower, string upper, string work, string target)
    {
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(work);
        var options = $"lowerdir={lower},upperdir={Escaped(upper)},workdir={Escaped(work)}" + (user ? ",userxattr" : "");

        // Below may be files of other people's: a tarball, a tree that the host keeps for something else. No device of theirs opens.
        Mount("instance", target, "overlay", NoDevices, options);
    }

    private void Processes()
    {
        Mount("proc", At("proc"), "proc", NoSuid | NoDevices | NoExecution);
        foreach (var name in new[] { "sys", "sysrq-trigger", "irq", "bus", "fs" })
        {
            var path = At("proc/" + name);
            if (Path.Exists(path))
            {
                Mount(path, path, null, Bind);
                Mount("", path, null, Remount | Bind | ReadOnly | NoSuid | NoDevices | NoExecution);
            }
        }

        // Each boot of an instance has its own.
        var boot = Path.Combine(_scratch, "boot_id");
        File.WriteAllText(boot, Guid.NewGuid().ToString() + "\n");
        Mount(boot, At("proc/sys/kernel/random/boot_id"), null, Bind);
        foreach (var name in new[] { "kcore", "keys", "timer_list", "kmsg" })
        {
            if (Path.Exists(At("proc/" + name)))
            {
                Mount("/dev/null", At("proc/" + name), null, Bind);
            }
        }
    }

    private void Devices()
    {
        Mount("dev", At("dev"), "tmpfs", NoSuid, "mode=755,size=1m");
        foreach (var name in s_devices)
        {
            File.WriteAllBytes(At("dev/" + name), []);
            Mount("/dev/" + name, At("dev/" + name), null, Bind);
        }

        Mount("shm", Folder(At("dev/shm"), Shared), "tmpfs", NoSuid | NoDevices, "mode=1777");
        Mount("devpts", Folder(At("dev/pts"), Usual), "devpts", 0, "newinstance,ptmxmode=0666,mode=620");
        foreach (var (name, target) in new[]
        {
            ("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("console", "/dev/null"),
        })
        {
            File.CreateSymbolicLink(At("dev/" + name), target);
        }
    }

    // The disk is the instance's own: a link that its scripts left there must not lead a step below to the host.
    private static void OwnFolder(string path)
    {
        if (new FileInfo(path) is { LinkTarget: not null } or { Exists: true })
        {
            File.Delete(path);
        }

        Directory.CreateDirectory(path);
    }

    private static string Folder(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode); // whatever the mask of new files is
        }

        return path;
    }

    /// <summary>A path in the options of an overlay: its own separators are escaped.</summary>
    private static string Escaped(string path) => path
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal);

    private static void Mount(string source, string target, string? type, nint flags, string? options = null, bool mayFail = false) =>
        _ = (SystemCall.Of(
            $"mount {target}",
            SystemCallNumbers.Mount,
            SystemCall.Text(source),
            SystemCall.Text(target),
            type is null ? 0 : SystemCall.Text(type),
            flags,
            options is null ? 0 : SystemCall.Text(options)) with
        {
            MayFail = mayFail,
        }).Do();
}
