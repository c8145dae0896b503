using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Baker.Cloud.Host;

namespace Baker.Cloud.Runs;

/// <summary>The machine and the process that a run belongs to; tells on the same machine at once whether a run is dead.</summary>
public sealed record RunOwner(string Machine, int ProcessId, long StartedAt)
{
    private static readonly TimeSpan s_clockSlack = TimeSpan.FromSeconds(3);

    public static RunOwner OfThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return new RunOwner(ThisMachine(), process.Id, StartOf(process));
    }

    public override string ToString() => $"{Machine}/{ProcessId}/{StartedAt}";

    public static RunOwner? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 3
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
                ? new RunOwner(parts[0], id, started)
                : null;
    }

    /// <summary>True: the process is gone. False: it lives. Null: it is on another machine and cannot be asked.</summary>
    public bool? IsDead()
    {
        if (Machine != ThisMachine())
        {
            return null;
        }

        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return ProcessState.IsZombie(ProcessId) || Math.Abs(StartOf(process) - StartedAt) > s_clockSlack.TotalSeconds;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return true;
        }
    }

    private static long StartOf(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds();

    // A hash: the names of people's machines are nobody's business who may read tags.
    private static string ThisMachine()
    {
        const string bootId = "/proc/sys/kernel/random/boot_id";
        var name = Environment.MachineName + (File.Exists(bootId) ? File.ReadAllText(bootId) : "");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 6));
    }
}
