using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>The kernel's numbers of the calls that a sandbox is made with, and of those that it refuses.</summary>
internal static class SystemCallNumbers
{
    private static readonly bool s_arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static nint Write => Of(1, 64);

    public static nint RtSigaction => Of(13, 134);

    public static nint RtSigprocmask => Of(14, 135);

    public static nint Ioctl => Of(16, 29);

    public static nint Clone => Of(56, 220);

    public static nint Execve => Of(59, 221);

    public static nint Fcntl => Of(72, 25);

    public static nint Chdir => Of(80, 49);

    public static nint Umask => Of(95, 166);

    public static nint Capset => Of(126, 91);

    public static nint PivotRoot => Of(155, 41);

    public static nint Prctl => Of(157, 167);

    public static nint Mount => Of(165, 40);

    public static nint Umount => Of(166, 39);

    public static nint Sethostname => Of(170, 161);

    public static nint ExitGroup => Of(231, 94);

    public static nint Keyctl => Of(250, 219);

    public static nint Openat => Of(257, 56);

    public static nint Mknodat => Of(259, 33);

    public static nint Fchownat => Of(260, 54);

    public static nint Unshare => Of(272, 97);

    public static nint Dup3 => Of(292, 24);

    public static nint Prlimit => Of(302, 261);

    public static nint Setns => Of(308, 268);

    public static nint Statx => Of(332, 291);

    public static nint Clone3 => 435;

    public static nint LandlockCreateRuleset => 444;

    public static nint LandlockRestrictSelf => 446;

    /// <summary>The architecture, as seccomp names it.</summary>
    public static uint AuditArchitecture => s_arm ? 0xC00000B7 : 0xC000003E;

    /// <summary>x86-64 has a second table of numbers, x32's, above this bit.</summary>
    public static uint? OtherTable => s_arm ? null : 0x40000000;

    /// <summary>What no program in an instance needs, and what reaches for the host.</summary>
    public static IReadOnlyList<nint> Refused { get; } =
    [
        Mount, Umount, PivotRoot, Keyctl,
        Of(303, 264), Of(304, 265), // name_to_handle_at, open_by_handle_at
        428, 429, 430, 431, 432, 433, 442, 443, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, quotactl_fd
        467, // open_tree_attr
        Of(248, 217), Of(249, 218), // add_key, request_key
        Of(321, 280), Of(298, 241), // bpf, perf_event_open
        Of(246, 104), Of(320, 294), // kexec_load, kexec_file_load
        Of(175, 105), Of(313, 273), Of(176, 106), // init_module, finit_module, delete_module
        Of(167, 224), Of(168, 225), Of(169, 142), Of(163, 89), Of(179, 60), // swapon, swapoff, reboot, acct, quotactl
        Of(103, 116), Of(323, 282), // syslog, userfaultfd
        425, 426, 427, // io_uring, which makes calls that no filter sees
    ];

    private static nint Of(nint x64, nint arm64) => s_arm ? arm64 : x64;
}
