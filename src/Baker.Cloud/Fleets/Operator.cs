using System.Globalization;
using Baker.Cloud.Host;

namespace Baker.Cloud.Fleets;

/// <summary>Who runs Baker: for people, and, on one machine, for telling whether the process is still there.</summary>
public sealed record Operator(string Name, string? Process)
{
    public static Operator OfThisProcess()
    {
        var place = Place();
        var self = Environment.ProcessId;
        return new(
            $"{Environment.UserName}@{Environment.MachineName}",
            place is null ? null : string.Create(CultureInfo.InvariantCulture, $"{place}/{self}/{ProcessState.Started(self)}"));
    }

    /// <summary>Whether the mark is of a process of this machine, boot and container that no longer runs.</summary>
    public static bool IsGone(string? mark)
    {
        if (mark is null || Place() is not { } place || !mark.StartsWith(place + "/", StringComparison.Ordinal)
            || mark[(place.Length + 1)..].Split('/') is not [var idText, var started]
            || !int.TryParse(idText, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return process.HasExited || ProcessState.IsZombie(id) || ProcessState.Started(id) != started;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }

    private static string? Place()
    {
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            var processes = new FileInfo("/proc/self/ns/pid").LinkTarget;
            return processes is null ? null : $"{boot}/{processes}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
