namespace Baker.Cloud.Host;

/// <summary>What this machine says of its processes.</summary>
public static class ProcessState
{
    /// <summary>Whether the process has ended, and is listed until its parent takes note of that.</summary>
    public static bool IsZombie(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 1)..].TrimStart() is ['Z' or 'X', ..];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
