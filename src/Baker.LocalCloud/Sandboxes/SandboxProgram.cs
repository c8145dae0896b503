using System.Globalization;
using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>The command lines that start this program again in namespaces of an instance (<see cref="SandboxEntry"/>).</summary>
internal static class SandboxProgram
{
    // An instance's script can name the program that starts it as its interpreter; that file must not be one that it can write to.
    private const string ReadOnly =
        "export DOTNET_EnableDiagnostics=0 DOTNET_EnableWriteXorExecute=0; "
        + """mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$@" """;

    private static readonly string[] s_program = Find();

    /// <summary>Starts process 1 of an instance in namespaces of its own.</summary>
    /// <param name="limits">Of each process, where there are no others.</param>
    /// <param name="variables">What the instance's programs have besides the usual ones, as <c>NAME=VALUE</c>.</param>
    public static IReadOnlyList<string> Booting(
        SandboxMode mode,
        InstanceLimits? limits,
        string folder,
        string id,
        string hostName,
        string address,
        IEnumerable<string> variables) =>
    [
        "unshare", .. SandboxSupport.Flags(mode), "sh", "-c", ReadOnly, "sh",
        .. s_program, SandboxEntry.Boot, Text(mode), Text(limits), folder, id, hostName, address, .. variables,
    ];

    /// <summary>Starts a shell in a running instance, within what the instance is limited to.</summary>
    /// <param name="limits">Those of each process, where the kernel does not count all of them together.</param>
    /// <param name="variables">What it has besides the usual ones, as <c>NAME=VALUE</c>.</param>
    /// <param name="arguments">The shell's own.</param>
    public static IReadOnlyList<string> Entering(
        SandboxProcess process,
        string instanceId,
        InstanceLimits limits,
        IEnumerable<string> variables,
        IEnumerable<string> arguments)
    {
        var id = process.ProcessId.ToString(CultureInfo.InvariantCulture);
        var mode = HasItsOwnUsers(process) ? SandboxMode.User : SandboxMode.Root;
        var groups = ControlGroups.Of(process, instanceId);
        string[] entering =
        [
            "nsenter", "-t", id, .. mode == SandboxMode.User ? new[] { "--user", "--preserve-credentials" } : [], "--pid", "--uts", "--ipc",
            "unshare", "--mount", "--propagation", "private", "sh", "-c", ReadOnly, "sh",
            .. s_program, SandboxEntry.Enter, id, Text(mode), Text(groups.Count == 0 ? limits : null), .. variables, "--", .. arguments,
        ];
        return [.. ControlGroups.Joining(groups, entering)];
    }

    private static string Text(SandboxMode mode) => mode == SandboxMode.User ? SandboxEntry.User : SandboxEntry.Root;

    private static string Text(InstanceLimits? limits) =>
        limits is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{limits.Processes}:{limits.Memory * InstanceLimits.Mebibyte}");

    private static bool HasItsOwnUsers(SandboxProcess process) =>
        new FileInfo("/proc/self/ns/user").LinkTarget != new FileInfo($"/proc/{process.ProcessId}/ns/user").LinkTarget;

    private static string[] Find()
    {
        var self = Environment.ProcessPath ?? "package";
        var library = Path.Combine(AppContext.BaseDirectory, "package.dll");
        return Path.GetFileNameWithoutExtension(self) == "dotnet" && File.Exists(library) ? [self, library] : [self];
    }
}
