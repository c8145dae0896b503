using System.Globalization;

namespace Baker.LocalCloud.Metering;

/// <summary>How much processor time the processes of this machine have used, by the process namespace that they are in (proc(5)).</summary>
internal static class ProcessorTime
{
    // What the kernel counts it in for programs: USER_HZ, which is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int UserTime = 11;
    private const int TimeFields = 4;

    /// <summary>With what their ended children had used, whom they waited for.</summary>
    public static Dictionary<string, TimeSpan> ByNamespace()
    {
        var used = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && NamespaceOf(process) is { } space
                && Of(process) is { } time)
            {
                used[space] = used.GetValueOrDefault(space) + time;
            }
        }

        return used;
    }

    /// <summary>Null where the process is gone, or another user's.</summary>
    public static string? NamespaceOf(int process)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{process}/ns/pid", returnFinalTarget: false)?.Name;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TimeSpan? Of(int process)
    {
        try
        {
            // The second field is the command in parentheses and may hold anything; the rest are numbers.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields.Skip(UserTime).Take(TimeFields).Sum(each => long.Parse(each, CultureInfo.InvariantCulture));
            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
