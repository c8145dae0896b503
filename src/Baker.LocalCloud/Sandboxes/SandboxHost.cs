using System.Globalization;
using System.Text;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Boots, stops and removes the sandboxes of one state folder, and copies their disks.</summary>
internal sealed class SandboxHost
{
    internal const string Capabilities =
        "--inh-caps=-all --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,"
        + "+net_bind_service,+sys_chroot,+audit_write,+setfcap";

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(5);

    private readonly SandboxSupport _support;
    private readonly SandboxDisk _disk;

    public SandboxHost(SandboxFolders folders, SandboxSupport support)
    {
        Folders = folders;
        _support = support;
        _disk = new SandboxDisk(folders, support.Mode);
        ScriptFiles.WriteTo(folders.Scripts);
    }

    public SandboxFolders Folders { get; }

    /// <summary>Starts an instance on the disk it has, or makes its disk first, from a snapshot where one is given.</summary>
    /// <exception cref="IOException">The instance could not be started; the message holds the end of its console.</exception>
    public async Task<SandboxProcess> BootAsync(SandboxSpec spec, string? snapshotId, CancellationToken stop)
    {
        if (Adopt(spec.InstanceId) is { } alive)
        {
            return alive;
        }

        var folder = Folders.Instance(spec.InstanceId);
        await _disk.PrepareAsync(spec, snapshotId, stop).ConfigureAwait(false);
        var pidFile = Path.Combine(folder, "pid");
        File.Delete(pidFile);
        using var launched = HostCommand.StartDetached(
            [
                "unshare",
                .. SandboxSupport.Flags(_support.Mode),
                "sh",
                Path.Combine(Folders.Scripts, "boot.sh"),
                folder,
                spec.InstanceId,
                spec.HostName,
                ModeName,
                spec.Address,
            ],
            Folders.Console(spec.InstanceId),
            Environment());
        var started = TimeProvider.System.GetTimestamp();
        while (!launched.HasExited && TimeProvider.System.GetElapsedTime(started) < s_bootLimit)
        {
            if (ReadPid(pidFile) is { } pid && SandboxProcess.Of(pid) is { } process)
            {
                return process;
            }

            await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
        }

        throw new IOException($"the sandbox of {spec.InstanceId} did not start: {ConsoleOf(spec.InstanceId)?.Trim().Split('\n')[^1]}");
    }

    /// <summary>The running sandbox of an instance that a process before this one started, if there is one.</summary>
    public SandboxProcess? Adopt(string instanceId) => Adopt(Folders, instanceId);

    public static SandboxProcess? Adopt(SandboxFolders folders, string instanceId)
    {
        try
        {
            return ReadPid(Path.Combine(folders.Instance(instanceId), "pid")) is { } pid
                && File.ReadAllText($"/proc/{pid}/cmdline")
                    .TrimEnd('\0')
                    .Contains("/run/baker/init\0" + instanceId, StringComparison.Ordinal)
                ? SandboxProcess.Of(pid)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Asks everything in the instance to end, then ends it; done when no process of it is left.</summary>
    public static async Task StopAsync(SandboxProcess process, bool force, CancellationToken stop)
    {
        if (!force)
        {
            process.Terminate();
            var asked = TimeProvider.System.GetTimestamp();
            while (process.IsAlive && TimeProvider.System.GetElapsedTime(asked) < s_stopLimit)
            {
                await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
            }
        }

        while (process.IsAlive)
        {
            process.Kill();
            await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
        }
    }

    public Task CaptureAsync(string instanceId, string snapshotId, CancellationToken stop) =>
        SandboxDisk.CopyAsync(Folders.Disk(instanceId), Folders.Snapshot(snapshotId), stop);

    public Task CopySnapshotAsync(string from, string to, CancellationToken stop) =>
        SandboxDisk.CopyAsync(Folders.Snapshot(from), Folders.Snapshot(to), stop);

    public Task RemoveInstanceAsync(string instanceId, CancellationToken stop) =>
        HostCommand.RemoveFolderAsync(Folders.Instance(instanceId), stop);

    public Task RemoveSnapshotAsync(string snapshotId, CancellationToken stop) =>
        HostCommand.RemoveFolderAsync(Folders.Snapshot(snapshotId), stop);

    /// <summary>What the instance has printed since it was launched: its boot, then its user data.</summary>
    public string? ConsoleOf(string instanceId)
    {
        try
        {
            using var stream = new FileStream(
                Folders.Console(instanceId),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Where the instance's sshd listens, or in words why none does; null while it has not got so far.</summary>
    public (string Server, string? Reason)? SshOf(string instanceId)
    {
        var line = (ConsoleOf(instanceId) ?? "").Split('\n').LastOrDefault(each => each.StartsWith(
            $"instance {instanceId}: SSH: ",
            StringComparison.Ordinal) || each.StartsWith($"instance {instanceId}: NO SSH: ", StringComparison.Ordinal));
        return line is null ? null
            : line.Split(' ') is [_, _, "SSH:", _, "on", var address, "port", var port] ? ($"{address}:{port}", null)
            : ("", line[$"instance {instanceId}: NO SSH: ".Length..]);
    }

    /// <summary>Starts a shell script in the instance, as root; what it prints and its exit code go to the command's folder.</summary>
    public void StartCommand(
        SandboxSpec spec,
        SandboxProcess process,
        string commandId,
        string script,
        string workingFolder,
        TimeSpan limit)
    {
        var folder = Folders.Command(spec.InstanceId, commandId);
        PrivateFiles.MakeFolder(folder);
        PrivateFiles.Write(Path.Combine(folder, "script"), Encoding.UTF8.GetBytes(script));
        var seconds = Math.Max(1, (long)limit.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        using var started = HostCommand.StartDetached(
            ["sh", Path.Combine(Folders.Scripts, "command.sh"), folder, process.ProcessId.ToString(
                CultureInfo.InvariantCulture), seconds, ModeName, spec.HostName, workingFolder, commandId],
            Path.Combine(folder, "log"),
            Environment());
    }

    private string ModeName => _support.Mode == SandboxMode.User ? "user" : "root";

    private static IEnumerable<KeyValuePair<string, string>> Environment() => [new("BAKER_CAPABILITIES", Capabilities)];

    private static int? ReadPid(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            return text.EndsWith('\n') && int.TryParse(text, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
