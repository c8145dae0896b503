using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Local;

/// <summary>Removes a project's local cloud.</summary>
internal static class LocalReset
{
    public static async Task<ExitCode> RunAsync(Session session, NodeProject project, bool yes, bool dryRun, bool json)
    {
        var folder = LocalCloudSetup.CheckedStateFolder(project);
        if (!LocalCloud.LocalCloud.IsIn(folder))
        {
            session.Terminal.Error.WriteLine("There is no local cloud here: nothing to remove.");
            Tell(isThere: false);
            return ExitCode.Done;
        }

        if (await LocalServer.FindAsync(folder, session.Time, session.Stop).ConfigureAwait(false) is { } server)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"A local:serve at {server.Url} has this local cloud open.",
                $"End it first: kill {server.ProcessId}");
        }

        if (dryRun)
        {
            if (!json)
            {
                session.Terminal.Out.WriteLine($"would end every instance of, and remove, the local cloud in {folder}");
            }

            Tell(isThere: true);
            return ExitCode.Changes;
        }

        if (!yes)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"local:reset ends every instance and removes every image in {folder}.",
                "Add --yes to do it, or --dry-run to look.");
        }

        await LocalOpening.GuardAsync(async () =>
        {
            await LocalCloud.LocalCloud.ResetAsync(
                LocalCloudSetup.Options(session, project, "package local:reset"),
                session.Stop).ConfigureAwait(false);

            // What was learned of this cloud goes with it; what was learned of AWS is the user's.
            if (LocalCloudSetup.TimingsFile(project, "local") is var timings && File.Exists(timings))
            {
                File.Delete(timings);
            }

            return 0;
        }).ConfigureAwait(false);
        session.Terminal.Error.WriteLine($"Removed the local cloud in {folder}.");
        Tell(isThere: true);
        return ExitCode.Done;

        void Tell(bool isThere)
        {
            if (json)
            {
                session.Terminal.Out.WriteLine(new JObject
                {
                    ["dry_run"] = dryRun,
                    ["folder"] = folder,
                    ["removed"] = isThere && !dryRun,
                }.Indented());
            }
        }
    }
}
