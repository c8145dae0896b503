using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.LocalCloud.Storage;

namespace Baker.Cli.Local;

/// <summary>Prints what a shell exports to reach the served local cloud.</summary>
internal static class LocalExports
{
    /// <summary>For a <c>local:serve</c> that has only just been started.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>For one that has the state folder already, and comes up.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    public static async Task<ExitCode> RunAsync(Session session, NodeProject project, bool json)
    {
        var folder = LocalCloudSetup.CheckedStateFolder(project);
        var began = session.Time.GetTimestamp();
        while (true)
        {
            if (await LocalServer.FindAsync(folder, session.Time, session.Stop).ConfigureAwait(false) is { } server)
            {
                session.Terminal.Out.WriteLine(json ? server.ToJson().Indented() : server.Exports);
                return ExitCode.Done;
            }

            if (session.Time.GetElapsedTime(began) > (IsComing(folder) ? s_longest : s_patience))
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"Nothing serves the local cloud in {folder}.",
                    "Start package local:serve first, in another terminal or with & at its end.");
            }

            await Task.Delay(s_poll, session.Time, session.Stop).ConfigureAwait(false);
        }
    }

    private static bool IsComing(string folder) =>
        LockHolder.Read(folder) is { IsOfThisBoot: true } holder && holder.Command.Contains("local:serve", StringComparison.Ordinal);
}
