using Baker.LocalCloud.Sandboxes;

namespace Baker.Cli.Tests;

/// <summary>Whether this host runs instances for real; it is asked once.</summary>
internal static class Sandboxes
{
    private static readonly Lazy<Task<string?>> s_reason = new(ProbeAsync);

    /// <summary>Skips the test where it does not.</summary>
    public static async Task RequireAsync()
    {
        if (await s_reason.Value is { } reason)
        {
            Peers.Missing($"instances do not run for real here: {reason}");
        }
    }

    private static async Task<string?> ProbeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("baker-probe-");
        try
        {
            return (await SandboxSupport.ProbeAsync(folder.FullName, CancellationToken.None)).Reason;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
