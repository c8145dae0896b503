namespace Baker.Cloud.Host;

/// <summary>What this machine says of its processes.</summary>
public static class ProcessState
{
    // The numbers of fields, as proc(5) counts them.
    private const int State = 3;
    private const int StartTime = 22;

    /// <summary>Whether the process has ended, and is listed until its parent takes note of that.</summary>
    public static bool IsZombie(int process) => Field(process, State) is "Z" or "X";

    /// <summary>
    /// When it started, in clock ticks since the boot: unlike a wall time it does not move when the clock is set. Empty where the
    /// machine does not say.
    /// </summary>
    public static string Started(int process) => Field(process, StartTime) ?? "";

    private static string? Field(int process, int number)
    {
        try
        {
            // The second field is the command in parentheses, and may hold anything.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[number - State];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
