using System.Globalization;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// The way into an instance: this program, started again inside of the instance's namespaces, makes or finds its root, gives
/// up what the instance must not do, and becomes the instance's shell. Nothing of the instance's disk runs before that.
/// </summary>
public static class SandboxEntry
{
    /// <summary>Makes an instance's root and becomes its process 1.</summary>
    internal const string Boot = "sandbox:boot";

    /// <summary>Goes into a running instance and becomes a command there.</summary>
    internal const string Enter = "sandbox:enter";

    /// <summary>Who makes the sandbox: root, or an ordinary user. init.sh is told it in these words, too.</summary>
    internal const string Root = "root";
    internal const string User = "user";

    /// <summary>The variables that every program in an instance starts with.</summary>
    private static readonly string[] s_environment =
    [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh", "LANG=C.UTF-8",
    ];

    private const string Shell = "/bin/sh";
    private const int Failed = 1;
    private const nint Detach = 2;
    private const nint MountNamespace = 0x20000;
    private const nint OwnFolders = 0x200; // CLONE_FS
    private const nint HereAndNow = -100; // AT_FDCWD
    private const nint WriteCreate = 0x1 | 0x40 | 0x200; // O_WRONLY, O_CREAT, O_TRUNC
    private const nint PrivateFile = 0x180; // 0600
    private const int Ready = 3;

    /// <summary>Does not return where it succeeds: the process is another program then.</summary>
    public static int Run(string[] arguments)
    {
        try
        {
            Confinement.Hide();
            SystemCall.Run(arguments switch
            {
                [Boot, var mode, var limits, var folder, var id, var hostName, var address, .. var variables] =>
                    Booting(mode == User, limits, folder, id, hostName, address, variables),
                [Enter, var processId, var mode, var limits, .. var rest] when rest.IndexOf("--") is var end and >= 0 =>
                    Entering(processId, mode == User, limits, rest[..end], rest[(end + 1)..]),
                _ => throw new IOException("it is started by the local cloud, not by hand"),
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            SystemCall.Say($"package: {error.Message}\n");
        }

        return Failed;
    }

    private static SystemCall[] Booting(
        bool user,
        string limits,
        string folder,
        string id,
        string hostName,
        string address,
        string[] variables)
    {
        var tree = new RootTree(folder, user);
        tree.Mount();
        foreach (var name in new[] { "user-data", "public-key", "default-user", "service" })
        {
            tree.Give(Path.Combine(folder, name), name);
        }

        var scripts = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(folder))!, "scripts");
        tree.Give(Path.Combine(scripts, "init.sh"), "init");
        tree.Give(Path.Combine(scripts, "ssh.sh"), "ssh.sh");
        tree.Give(Path.Combine(scripts, "chef-solo"), "chef-solo");
        tree.Give(Path.Combine(scripts, "cloud-init"), "cloud-init");
        SystemCall.Of("sethostname", SystemCallNumbers.Sethostname, SystemCall.Text(hostName), hostName.Length).Do();

        // /proc is still the host's here: this is how the host knows the instance, and no word of the instance's own.
        var stat = File.ReadAllText("/proc/self/stat");
        var processId = int.Parse(stat[..stat.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
        SandboxProcess.Of(processId)!.Write(Path.Combine(folder, "pid"));

        Confinement.CloseDescriptors();
        var ready = SystemCall.Of(
            "open",
            SystemCallNumbers.Openat,
            HereAndNow,
            SystemCall.Text(Path.Combine(folder, "ready")),
            WriteCreate,
            PrivateFile).Do();
        return
        [
            .. ready == Ready ? Array.Empty<SystemCall>() :
            [
                SystemCall.Of("dup3", SystemCallNumbers.Dup3, ready, Ready),
                Confinement.ClosedInTheInstance((int)ready),
            ],
            SystemCall.Of("chdir", SystemCallNumbers.Chdir, SystemCall.Text(tree.Root)),
            SystemCall.Of("pivot_root", SystemCallNumbers.PivotRoot, SystemCall.Text("."), SystemCall.Text(".")),
            SystemCall.Of("umount", SystemCallNumbers.Umount, SystemCall.Text("."), Detach),
            .. Confinement.Limits(limits),
            .. Confinement.Calls(
                user,
                Shell,
                ["sh", "/run/baker/init", id, user ? User : Root, address],
                [.. s_environment, "HOSTNAME=" + hostName, .. variables]),
        ];
    }

    private static SystemCall[] Entering(string processId, bool user, string limits, string[] variables, string[] command)
    {
        Confinement.CloseDescriptors();
        const nint readOnlyCloseOnExec = 0x80000;
        var inside = SystemCall.Of(
            "the instance has ended",
            SystemCallNumbers.Openat,
            HereAndNow,
            SystemCall.Text($"/proc/{int.Parse(processId, CultureInfo.InvariantCulture)}/ns/mnt"),
            readOnlyCloseOnExec).Do();
        return
        [
            SystemCall.Of("unshare", SystemCallNumbers.Unshare, OwnFolders),
            SystemCall.Of("setns", SystemCallNumbers.Setns, inside, MountNamespace),
            .. Confinement.Limits(limits),
            .. Confinement.Calls(user, Shell, ["sh", .. command], [.. s_environment, .. variables]),
        ];
    }
}
