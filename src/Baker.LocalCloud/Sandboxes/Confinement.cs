using System.Buffers.Binary;
using System.Globalization;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// The last steps on the way into an instance, as a list of system calls: what this process may do is given up, then it
/// becomes the instance's program. Between the change of the root and that moment nothing else happens.
/// </summary>
internal static class Confinement
{
    // CAP_CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE, SETFCAP
    private static readonly int[] s_kept = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31];

    private const int FirstOther = 3;

    private const nint SetDumpable = 4;
    private const nint SetSeccomp = 22;
    private const nint DropBoundingCapability = 24;
    private const nint SetNoNewPrivileges = 38;
    private const nint AmbientCapabilities = 47;
    private const nint ClearAll = 4;
    private const nint FilterMode = 2;
    private const nint BrokenPipe = 13; // SIGPIPE, which .NET ignores
    private const nint SetMask = 2;
    private const nint SignalSetSize = 8;
    private const nint JoinSessionKeyring = 1;
    private const nint SetDescriptorFlags = 2;
    private const nint CloseOnExec = 1;
    private const nint UsualMask = 0x12; // 022

    /// <summary>No file of the host stays open for the programs that this one starts or becomes, but the first three.</summary>
    public static void CloseDescriptors()
    {
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            // One of them is the reading of this folder; it is closed by now.
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var number) && number >= FirstOther)
            {
                _ = (ClosedInTheInstance(number) with { MayFail = true }).Do();
            }
        }
    }

    public static SystemCall ClosedInTheInstance(int descriptor) =>
        SystemCall.Of("fcntl", SystemCallNumbers.Fcntl, descriptor, SetDescriptorFlags, CloseOnExec);

    /// <summary>Until it is the instance's program, no process of the instance looks into this one.</summary>
    public static void Hide() => SystemCall.Of("prctl", SystemCallNumbers.Prctl, SetDumpable, 0).Do();

    /// <param name="limits">Processes and bytes, as <c>4096:1073741824</c>; "-" for none.</param>
    public static IEnumerable<SystemCall> Limits(string limits)
    {
        const nint processes = 6; // RLIMIT_NPROC
        const nint data = 2; // RLIMIT_DATA
        if (limits.Split(':') is [var first, var second])
        {
            yield return Limit(processes, long.Parse(first, CultureInfo.InvariantCulture));
            yield return Limit(data, long.Parse(second, CultureInfo.InvariantCulture));
        }
    }

    /// <param name="user">Whether an ordinary user of the host makes the sandbox.</param>
    public static IEnumerable<SystemCall> Calls(
        bool user,
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment)
    {
        yield return SystemCall.Of("umask", SystemCallNumbers.Umask, UsualMask);
        yield return SystemCall.Of("chdir", SystemCallNumbers.Chdir, SystemCall.Text("/"));
        yield return SystemCall.Of("keyctl", SystemCallNumbers.Keyctl, JoinSessionKeyring) with { MayFail = true };
        if (user)
        {
            yield return SystemCall.Of("prctl(no_new_privs)", SystemCallNumbers.Prctl, SetNoNewPrivileges, 1);
        }

        foreach (var call in Scopes())
        {
            yield return call;
        }

        yield return SystemCall.Of("prctl(ambient)", SystemCallNumbers.Prctl, AmbientCapabilities, ClearAll) with { MayFail = true };
        var last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), CultureInfo.InvariantCulture);
        for (var capability = 0; capability <= last; capability++)
        {
            if (!s_kept.Contains(capability))
            {
                yield return SystemCall.Of("prctl(bounding set)", SystemCallNumbers.Prctl, DropBoundingCapability, capability);
            }
        }

        var (usual, none) = (SystemCall.Bytes(new byte[32]), SystemCall.Bytes(new byte[8]));
        yield return SystemCall.Of("rt_sigaction", SystemCallNumbers.RtSigaction, BrokenPipe, usual, 0, SignalSetSize);
        yield return SystemCall.Of("rt_sigprocmask", SystemCallNumbers.RtSigprocmask, SetMask, none, 0, SignalSetSize);
        yield return SystemCall.Of("seccomp", SystemCallNumbers.Prctl, SetSeccomp, FilterMode, SeccompFilter.Make(userNamespaces: user));
        yield return SystemCall.Of("capset", SystemCallNumbers.Capset, CapabilityHeader(), CapabilitySets());
        yield return SystemCall.Of(
            $"{program} of the instance cannot be executed",
            SystemCallNumbers.Execve,
            SystemCall.Text(program),
            SystemCall.Texts(arguments),
            SystemCall.Texts(environment));
    }

    /// <summary>Landlock: sockets without a file are those of the same session in the instance, where the kernel can say so.</summary>
    private static IEnumerable<SystemCall> Scopes()
    {
        const int size = 24;
        const nint abstractSockets = 1;
        var rules = new byte[size];
        BinaryPrimitives.WriteInt64LittleEndian(rules.AsSpan(16), abstractSockets);
        var made = (SystemCall.Of("landlock", SystemCallNumbers.LandlockCreateRuleset, SystemCall.Bytes(rules), size) with
        {
            MayFail = true,
        }).Do();
        if (made >= 0)
        {
            yield return SystemCall.Of("landlock", SystemCallNumbers.LandlockRestrictSelf, made);
        }
    }

    private static SystemCall Limit(nint resource, long limit)
    {
        var both = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(both, limit);
        BinaryPrimitives.WriteInt64LittleEndian(both.AsSpan(8), limit);
        return SystemCall.Of("prlimit", SystemCallNumbers.Prlimit, 0, resource, SystemCall.Bytes(both));
    }

    private static nint CapabilityHeader()
    {
        var header = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x20080522); // _LINUX_CAPABILITY_VERSION_3, this thread
        return SystemCall.Bytes(header);
    }

    private static nint CapabilitySets()
    {
        uint kept = 0;
        foreach (var capability in s_kept)
        {
            kept |= 1u << capability;
        }

        var sets = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(sets, kept); // effective
        BinaryPrimitives.WriteUInt32LittleEndian(sets.AsSpan(4), kept); // permitted; nothing is inheritable
        return SystemCall.Bytes(sets);
    }
}
