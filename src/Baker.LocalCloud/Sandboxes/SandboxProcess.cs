using System.Globalization;
using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>The init of a running sandbox, as the host sees it; the start time tells it from a later process of the same id.</summary>
public sealed record SandboxProcess(int ProcessId, long StartTicks)
{
    public bool IsAlive => StartTicksOf(ProcessId) == StartTicks;

    internal static SandboxProcess? Of(int processId) =>
        StartTicksOf(processId) is { } ticks ? new SandboxProcess(processId, ticks) : null;

    /// <summary>The process that a file names, if it still runs.</summary>
    internal static SandboxProcess? Read(string file)
    {
        try
        {
            return File.ReadAllText(file) is [.., '\n'] text
                && text.TrimEnd().Split(' ') is [var id, var ticks]
                && int.TryParse(id, CultureInfo.InvariantCulture, out var processId)
                && long.TryParse(ticks, CultureInfo.InvariantCulture, out var startTicks)
                && new SandboxProcess(processId, startTicks) is { IsAlive: true } process
                    ? process
                    : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal void Write(string file) =>
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"{ProcessId} {StartTicks}\n"));

    internal void Terminate() => Signal(15);

    internal void Kill() => Signal(9);

    internal static long? StartTicksOf(int processId)
    {
        try
        {
            // The second field is the command in parentheses and may hold anything; the rest are numbers.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Signal(int number)
    {
        if (IsAlive)
        {
            _ = kill(ProcessId, number);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
#pragma warning disable SYSLIB1054, CA5392, IDE1006 // one call of libc; a source generator would need unsafe code
    private static extern int kill(int pid, int signal);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
