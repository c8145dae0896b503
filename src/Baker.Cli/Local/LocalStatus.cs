using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.LocalCloud.Serving;

namespace Baker.Cli.Local;

/// <summary>Prints what the local cloud holds; where <c>local:serve</c> has it, asks that.</summary>
internal static class LocalStatus
{
    public static async Task<ExitCode> RunAsync(Session session, NodeProject project, bool asJson)
    {
        var status = await ReadAsync(session, project).ConfigureAwait(false);
        if (asJson)
        {
            session.Terminal.Out.Write(status.ToJson());
            return ExitCode.Done;
        }

        session.Terminal.Out.WriteLine($"state       {status.StateFolder}");
        session.Terminal.Out.WriteLine($"execution   {(status.NotExecuted is { } reason ? $"NOT EXECUTED: {reason}" : "in sandboxes")}");
        if (status.Limits is { } limits)
        {
            session.Terminal.Out.WriteLine($"limits      {limits}");
        }

        foreach (var (name, count) in status.Resources)
        {
            session.Terminal.Out.WriteLine($"{count,9}   {name.Replace('_', ' ')}");
        }

        foreach (var (arn, why) in status.Silent ?? new Dictionary<string, string>())
        {
            session.Terminal.Out.WriteLine($"NOTHING LISTENS for {arn}: {why}");
        }

        var calls = status.Calls.Values;
        session.Terminal.Out.WriteLine(
            $"{calls.Sum(c => c.Calls),9}   calls, {calls.Sum(c => c.Throttled)} throttled, {calls.Sum(c => c.Failed)} failed");
        return ExitCode.Done;
    }

    private static async Task<LocalCloudStatus> ReadAsync(Session session, NodeProject project)
    {
        LocalCloudSetup.CheckedStateFolder(project);
        var (server, cloud) = await LocalOpening.FindOrOpenAsync(
            session,
            LocalCloudSetup.Options(session, project, "package local:status")).ConfigureAwait(false);
        if (server is not null)
        {
            return await server.StatusAsync(session.Stop).ConfigureAwait(false);
        }

        await using (cloud!.ConfigureAwait(false))
        {
            return cloud!.Status();
        }
    }
}
