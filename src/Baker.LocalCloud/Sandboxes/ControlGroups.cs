using System.Globalization;
using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>The kernel's control groups, of version 1 or 2, that keep an instance within its limits; only root can make them.</summary>
internal sealed class ControlGroups
{
    private const string Mount = "/sys/fs/cgroup";
    private const int RemovalAttempts = 20;

    private static readonly TimeSpan s_removalPause = TimeSpan.FromMilliseconds(25);

    /// <summary>The folders in which groups of instances are made, with the files that hold their limits.</summary>
    private readonly IReadOnlyList<(string Folder, string Processes, string Memory)> _parents;

    private ControlGroups(IReadOnlyList<(string Folder, string Processes, string Memory)> parents) => _parents = parents;

    /// <summary>Null where this machine lets nobody, or not this user, make them.</summary>
    public static ControlGroups? Find()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        try
        {
            return File.Exists($"{Mount}/cgroup.controllers") ? OfVersion2() : OfVersion1();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes those of an instance; the files that a process joins them by.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public IReadOnlyList<string> Make(string instanceId, InstanceLimits limits) =>
    [
        .. _parents.Select(parent =>
        {
            var group = Directory.CreateDirectory(Path.Combine(parent.Folder, instanceId)).FullName;
            Write(group, parent.Processes, limits.Processes);
            Write(group, parent.Memory, limits.Memory * InstanceLimits.Mebibyte);
            return Path.Combine(group, "cgroup.procs");
        }),
    ];

    /// <summary>The groups of a running instance, wherever whoever booted it made them; the files that a process joins them by.</summary>
    public static IReadOnlyList<string> Of(SandboxProcess process, string instanceId)
    {
        try
        {
            return
            [
                .. File.ReadAllLines($"/proc/{process.ProcessId}/cgroup")
                    .Select(line => line.Split(':', 3))
                    .Where(words => words is [_, _, var path] && path.EndsWith("/baker/" + instanceId, StringComparison.Ordinal))
                    .Select(words => $"{Mount}{(words[1].Length > 0 ? "/" + words[1] : "")}{words[2]}/cgroup.procs")
                    .Where(File.Exists),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The command line that joins groups and becomes a command, which is counted there from its first process on.</summary>
    public static IEnumerable<string> Joining(IReadOnlyList<string> groups, IEnumerable<string> command) => groups.Count == 0 ? command :
    [
        "sh", "-c", """while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@" """,
        "sh", .. groups, "--", .. command,
    ];

    /// <summary>Removes those of an instance that has ended.</summary>
    public async Task RemoveAsync(string instanceId, CancellationToken stop)
    {
        foreach (var parent in _parents)
        {
            for (var attempt = 1; attempt <= RemovalAttempts; attempt++)
            {
                try
                {
                    Directory.Delete(Path.Combine(parent.Folder, instanceId));
                    break;
                }
                catch (DirectoryNotFoundException)
                {
                    break;
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // The kernel is not done with its last process. An empty group that stays harms nobody.
                    await Task.Delay(s_removalPause, TimeProvider.System, stop).ConfigureAwait(false);
                }
            }
        }
    }

    private static ControlGroups? OfVersion1()
    {
        string[] own = File.ReadAllLines("/proc/self/cgroup");
        string? Parent(string controller)
        {
            var path = own.Select(line => line.Split(':', 3)).FirstOrDefault(line => line[1].Split(',').Contains(controller))?[2];
            return path is null ? null : Made($"{Mount}/{controller}{path.TrimEnd('/')}/baker");
        }

        return Parent("pids") is { } processes && Parent("memory") is { } memory
            ? new ControlGroups([(processes, "pids.max", ""), (memory, "", "memory.limit_in_bytes")])
            : null;
    }

    private static ControlGroups? OfVersion2()
    {
        if (!File.ReadAllText($"{Mount}/cgroup.controllers").Split(' ', '\n').Intersect(["pids", "memory"]).Skip(1).Any())
        {
            return null;
        }

        File.WriteAllText($"{Mount}/cgroup.subtree_control", "+pids +memory");
        var folder = Made($"{Mount}/baker");
        File.WriteAllText($"{folder}/cgroup.subtree_control", "+pids +memory");
        return new ControlGroups([(folder, "pids.max", "memory.max")]);
    }

    private static string Made(string folder) => Directory.CreateDirectory(folder).FullName;

    private static void Write(string group, string file, long limit)
    {
        if (file.Length > 0)
        {
            File.WriteAllText(Path.Combine(group, file), limit.ToString(CultureInfo.InvariantCulture));
        }
    }
}
