using Baker.Cli.Sessions;
using Baker.Core;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Storage;

namespace Baker.Cli.Clouds;

/// <summary>Opens a local cloud and says what to do where that cannot be.</summary>
internal static class LocalOpening
{
    private const string LocalCloudFolder = ".package";

    /// <summary>How long another process is waited for until it is asked for again whether it serves.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>Opens it, and says what became of the command before where that was killed.</summary>
    public static async Task<LocalCloud.LocalCloud> OpenAsync(Session session, LocalCloudOptions options)
    {
        var cloud = await GuardAsync(() => LocalCloud.LocalCloud.OpenAsync(options, session.Stop)).ConfigureAwait(false);
        if (cloud.Before is { } end)
        {
            session.Terminal.Error.WriteLine($"package: {end.Text}");
        }

        return cloud;
    }

    /// <summary>
    /// The <c>local:serve</c> that has it, or opens it. One that comes up at the same moment has the folder before it says where it is.
    /// </summary>
    public static async Task<(LocalServer? Server, LocalCloud.LocalCloud? Opened)> FindOrOpenAsync(
        Session session,
        LocalCloudOptions options)
    {
        var began = session.Time.GetTimestamp();
        while (true)
        {
            if (await LocalServer.FindAsync(options.StateFolder, session.Time, session.Stop).ConfigureAwait(false) is { } server)
            {
                return (server, null);
            }

            var left = options.LockWait - session.Time.GetElapsedTime(began);
            try
            {
                return (null, await OpenAsync(session, options with { LockWait = left < s_look ? left : s_look }).ConfigureAwait(false));
            }
            catch (BakerException error) when (error.InnerException is StateBusyException && left > s_look)
            {
                // Its holder may be about to serve it.
            }
        }
    }

    public static async Task<T> GuardAsync<T>(Func<Task<T>> open)
    {
        try
        {
            return await open().ConfigureAwait(false);
        }
        catch (StateBusyException error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                Sentence(error.Message),
                "Wait for it, or let package local:serve hold the local cloud for several commands at once.",
                error);
        }
        catch (StateDamagedException error)
        {
            throw new BakerException(ExitCode.CloudFailed, Sentence(error.Message), "package local:reset --yes begins anew.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The local cloud in {LocalCloudFolder} cannot be used: {error.Message}",
                "Check the permissions and the free space of the project's folder.",
                error);
        }
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
