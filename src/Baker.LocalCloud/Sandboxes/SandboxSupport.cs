using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Finds out, by trying it once, whether this host can run instances for real.</summary>
/// <param name="Mode">How instances run.</param>
/// <param name="Reason">Where they do not: why, in words for the user.</param>
public sealed record SandboxSupport(SandboxMode Mode, string? Reason)
{
    private static readonly string[] s_tools =
    [
        "unshare", "nsenter", "mount", "setsid", "timeout", "cp", "find",
    ];

    public static SandboxSupport Off { get; } = new(SandboxMode.None, "execution is switched off");

    /// <param name="folder">A folder on the file system that will hold the instances.</param>
    public static async Task<SandboxSupport> ProbeAsync(string folder, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new SandboxSupport(SandboxMode.None, $"{RuntimeInformation.OSDescription.Trim()} has no Linux namespaces");
        }

        if (s_tools.FirstOrDefault(tool => HostCommand.Find(tool) is null) is { } missing)
        {
            return new SandboxSupport(SandboxMode.None, $"{missing} is not installed (it comes with util-linux or coreutils)");
        }

        var mode = Environment.IsPrivilegedProcess ? SandboxMode.Root : SandboxMode.User;
        var trial = Path.Combine(folder, $"trial-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(Path.Combine(trial, "upper"));
            Directory.CreateDirectory(Path.Combine(trial, "work"));
            Directory.CreateDirectory(Path.Combine(trial, "root"));
            var options = mode == SandboxMode.Root ? "" : ",userxattr";
            var script = "mount -t overlay -o lowerdir=/etc,upperdir=upper,workdir=work"
                + options
                + " trial root && mount -t proc proc root";
            var (code, _, error) = await HostCommand.RunAsync(
                "unshare",
                [.. Flags(mode), "sh", "-c", script],
                trial,
                stop).ConfigureAwait(false);
            return code == 0
                ? new SandboxSupport(mode, null)
                : new SandboxSupport(SandboxMode.None, $"this host refuses namespaces or overlay mounts: {error.Trim()}");
        }
        finally
        {
            await HostCommand.RemoveFolderAsync(trial, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>The arguments of unshare(1) that give an instance its own namespaces.</summary>
    public static IEnumerable<string> Flags(SandboxMode mode)
    {
        if (mode == SandboxMode.User)
        {
            yield return "--user";
            yield return "--map-root-user";
        }

        yield return "--mount";
        yield return "--pid";
        yield return "--uts";
        yield return "--ipc";
        yield return "--fork";
        yield return "--propagation";
        yield return "private";
    }
}
