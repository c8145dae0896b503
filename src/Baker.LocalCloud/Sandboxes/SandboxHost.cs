using System.Globalization;
using System.Text;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Boots, stops and removes the sandboxes of one state folder, and copies their disks.</summary>
internal sealed class SandboxHost
{
    // In the instance: the script comes by the standard input, and is kept where the agent of Systems Manager keeps it.
    private const string Command = """
        folder=/run/amazon/ssm/$1
        mkdir -p "$folder" && cat > "$folder/_script.sh" || exit 1
        [ -z "$2" ] || { mkdir -p "$2" && cd "$2" || exit 1; }
        exec sh "$folder/_script.sh" < /dev/null
        """;

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromMinutes(2);

    private readonly SandboxSupport _support;
    private readonly SandboxDisk _disk;
    private readonly InstanceLimits _limits;
    private readonly Lazy<ControlGroups?> _groups = new(ControlGroups.Find);

    public SandboxHost(SandboxFolders folders, SandboxSupport support, InstanceLimits limits)
    {
        _limits = limits;
        Folders = folders;
        _support = support;
        _disk = new SandboxDisk(folders);
        ScriptFiles.WriteTo(folders.Scripts);

        // What this process was started with is not for what it starts, which may run for days.
        Confinement.CloseDescriptors();
    }

    public SandboxFolders Folders { get; }

    /// <summary>How what an instance takes of this machine is limited.</summary>
    public string Limits =>
        string.Create(CultureInfo.InvariantCulture, $"{_limits.Processes} processes and {_limits.Memory} MiB of memory for each instance")
            + (_groups.Value is not null ? "" : _support.Mode == SandboxMode.User
                ? ", the memory for each of its processes: this user can make no control groups"
                : " NOT ENFORCED for root's processes, and the memory for each process: this machine gives no control groups");

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
        var (processFile, readyFile) = (Path.Combine(folder, "pid"), Path.Combine(folder, "ready"));
        File.Delete(processFile);
        File.Delete(readyFile);
        using var launched = HostCommand.StartDetached(
            ControlGroups.Joining(
                _groups.Value?.Make(spec.InstanceId, _limits) ?? [],
                SandboxProgram.Booting(
                    _support.Mode,
                    _groups.Value is null ? _limits : null,
                    folder,
                    spec.InstanceId,
                    spec.HostName,
                    spec.Address,
                    InstanceEndpoint.Variables(Folders.State))),
            Folders.Console(spec.InstanceId));
        var started = TimeProvider.System.GetTimestamp();
        while (!launched.HasExited && TimeProvider.System.GetElapsedTime(started) < s_bootLimit)
        {
            // Init writes a line there when it can be told to stop: the kernel drops a signal that process 1 has no trap for.
            if (new FileInfo(readyFile) is { Exists: true, Length: > 0 } && SandboxProcess.Read(processFile) is { } process)
            {
                return process;
            }

            await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
        }

        throw new IOException($"the sandbox of {spec.InstanceId} did not start: {ConsoleOf(spec.InstanceId)?.Trim().Split('\n')[^1]}");
    }

    /// <summary>The running sandbox of an instance that a process before this one started, if there is one.</summary>
    public SandboxProcess? Adopt(string instanceId) => Adopt(Folders, instanceId);

    public static SandboxProcess? Adopt(SandboxFolders folders, string instanceId) =>
        SandboxProcess.Read(Path.Combine(folders.Instance(instanceId), "pid"));

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

    public async Task RemoveInstanceAsync(string instanceId, CancellationToken stop)
    {
        await (_groups.Value?.RemoveAsync(instanceId, stop) ?? Task.CompletedTask).ConfigureAwait(false);
        await HostCommand.RemoveFolderAsync(Folders.Instance(instanceId), stop).ConfigureAwait(false);
    }

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
        PrivateFiles.Write(Path.Combine(folder, "exit-code.new"), "    \n"u8);
        var seconds = Math.Max(1, (long)limit.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        using var started = HostCommand.StartDetached(
            [
                "sh", Path.Combine(Folders.Scripts, "command.sh"), folder, seconds,
                .. SandboxProgram.Entering(
                    process,
                    spec.InstanceId,
                    _limits,
                    ["HOSTNAME=" + spec.HostName, .. InstanceEndpoint.Variables(Folders.State)],
                    ["-c", Command, "sh", commandId, workingFolder]),
            ],
            Path.Combine(folder, "log"));
    }

    /// <summary>Runs a shell script in the instance, as root, to its end, and gives its exit code.</summary>
    public async Task<int> RunAsync(SandboxSpec spec, SandboxProcess process, string script, TimeSpan limit, CancellationToken stop)
    {
        var commandId = Guid.NewGuid().ToString();
        var folder = Folders.Command(spec.InstanceId, commandId);
        StartCommand(spec, process, commandId, script, "", limit);
        while (process.IsAlive)
        {
            if (File.Exists(Path.Combine(folder, "exit-code")))
            {
                var said = await File.ReadAllTextAsync(Path.Combine(folder, "exit-code"), stop).ConfigureAwait(false);
                await HostCommand.RemoveFolderAsync(folder, stop).ConfigureAwait(false);
                return int.TryParse(said, CultureInfo.InvariantCulture, out var code) ? code : 1;
            }

            await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
        }

        return 1;
    }

    /// <summary>Whether a file is there in an instance.</summary>
    public bool Has(string instanceId, string path) => File.Exists(Path.Combine(Folders.Disk(instanceId), "root", path));

    /// <summary>Takes a file out of an instance that does not run.</summary>
    public void Take(string instanceId, string path)
    {
        if (Has(instanceId, path))
        {
            File.Delete(Path.Combine(Folders.Disk(instanceId), "root", path));
        }
    }
}
