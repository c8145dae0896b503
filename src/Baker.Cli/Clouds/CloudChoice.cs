using Amazon.Runtime;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.LocalCloud.Signing;
using Baker.LocalCloud.Storage;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Clouds;

/// <summary>The options that say which cloud a command works on, and the way there.</summary>
internal sealed record CloudChoice(CommandOption Cloud, CommandOption NoExec)
{
    /// <summary>AWSSDK.Core reads this when it is first touched; without it adaptive retry stalls.</summary>
    private const string NewRetries = "AWS_NEW_RETRIES_2026";

    public static CloudChoice On(CommandLineApplication command) => new(
        NameOn(command),
        command.Option("--no-exec", "On the local cloud: run nothing on the instances.", CommandOptionType.NoValue));

    /// <summary>The option that names the cloud.</summary>
    public static CommandOption NameOn(CommandLineApplication command) => command
        .Option("--cloud", "Which cloud (default: what __settings__ says, else aws).", CommandOptionType.SingleValue)
        .Taking("aws", "local");

    /// <summary>Opens AWS where there is no manifest: with the chain's credentials, and the endpoint that the environment names.</summary>
    public static CloudSession OpenAws(Session session)
    {
        Environment.SetEnvironmentVariable(NewRetries, "true");
        return new CloudSession(Aws(session), Timings.None(), session.Time);
    }

    /// <summary>The project's local cloud where <c>local:serve</c> has it; null where none does. Nothing is opened or made.</summary>
    public static async Task<CloudSession?> FindServedAsync(Session session, NodeProject project, CancellationToken stop)
    {
        Environment.SetEnvironmentVariable(NewRetries, "true");
        var folder = LocalCloudSetup.StateFolder(project);
        return await LocalServer.FindAsync(folder, session.Time, stop).ConfigureAwait(false) is { } server
            ? new CloudSession(Local(session, server.Key, server.Url), Timings.None(), session.Time)
            : null;
    }

    /// <summary>Opens the cloud, the local one in this process or where <c>local:serve</c> has it, and says which it is.</summary>
    public async Task<CloudSession> OpenAsync(Session session, NodeProject project, string holder)
    {
        var cloud = await ReachAsync(session, project, holder).ConfigureAwait(false);
        await CloudPlace.SayAsync(session, cloud, () => project.FirstRegion ?? "us-east-1").ConfigureAwait(false);
        return cloud;
    }

    private async Task<CloudSession> ReachAsync(Session session, NodeProject project, string holder)
    {
        Environment.SetEnvironmentVariable(NewRetries, "true");
        var name = Cloud.Value() ?? project.Settings.Cloud;
        session.Clouds.HasAws |= name == "aws";
        if (name == "local")
        {
            // Nothing of a person's AWS accounts matters here, and what is wrong in those files would end the command.
            var nothing = OperatingSystem.IsWindows() ? "NUL" : "/dev/null";
            Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", nothing);
            Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", nothing);
        }

        StateFolder.TryMake(LocalCloudSetup.CheckedStateFolder(project));
        var suggested = new SuggestedCommands { PackageOptions = PackageOptions(project) };
        var timings = Timings.Load(LocalCloudSetup.TimingsFile(project, name));
        return name switch
        {
            "aws" => new CloudSession(Aws(session) with { Suggested = suggested }, timings, session.Time),
            "local" => await OpenLocalAsync(
                session,
                project,
                timings,
                suggested with { AwsSetup = $"exports=$(package local:env{ManifestOption(project)}) && eval \"$exports\"" },
                holder).ConfigureAwait(false),
            _ => throw new BakerException(ExitCode.BadInput, $"There is no cloud '{name}'.", "--cloud takes aws or local."),
        };
    }

    private static CloudConnection Aws(Session session) =>
        new()
        {
            Name = "aws",
            Ssh = new SshReach { AgentSocket = AgentSocket(session) },
            Trace = session.Log.Trace,
            Say = session.Display.Say,
        };

    private static CloudConnection Local(Session session, AccessKey key, Uri url) => new()
    {
        Name = "local",
        Pace = PollPace.Local,
        Credentials = Credentials(key),
        ServiceUrl = url,
        Trace = session.Log.Trace,
        Say = session.Display.Say,
    };

    private async Task<CloudSession> OpenLocalAsync(
        Session session,
        NodeProject project,
        Timings timings,
        SuggestedCommands suggested,
        string holder)
    {
        var (server, opened) = await LocalOpening.FindOrOpenAsync(
            session,
            LocalCloudSetup.Options(session, project, holder, !NoExec.HasValue())).ConfigureAwait(false);
        if (server is not null)
        {
            var served = await server.StatusAsync(session.Stop).ConfigureAwait(false);
            if (served.NotExecuted is null && NoExec.HasValue())
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"--no-exec: the local:serve at {server.Url} runs its instances for real.",
                    $"End it (kill {server.ProcessId}) and start local:serve --no-exec.");
            }

            await server.NameAsync(LocalCloudSetup.Named(project), session.Stop).ConfigureAwait(false);
            Warn(session, served.NotExecuted);
            return new CloudSession(
                Local(session, server.Key, server.Url) with
                {
                    Ssh = LocalSsh.Reach(server, AgentSocket(session)),
                    Suggested = suggested,
                },
                timings,
                session.Time);
        }

        var local = opened!;
        Warn(session, local.Support.Reason);
        var handler = local.CreateHandler();
        var url = local.Listen();
        return new CloudSession(
            Local(session, local.Key, url) with
            {
                Handler = session.Network(handler),
                Ssh = session.Ssh(LocalSsh.Reach(LocalServer.At(url, local.Key, session.Time), AgentSocket(session))),
                Suggested = suggested,
            },
            timings,
            session.Time,
            async () =>
            {
                handler.Dispose();
                await local.DisposeAsync().ConfigureAwait(false);
            });
    }

    private static BasicAWSCredentials Credentials(AccessKey key) => new(key.Id, key.Secret);

    private static string? AgentSocket(Session session) => session.Environment.Value.GetValueOrDefault("SSH_AUTH_SOCK");

    /// <summary>The options that another command needs to work on the same manifest and cloud.</summary>
    private string PackageOptions(NodeProject project) =>
        ManifestOption(project)
        + (project.AskedEnvironment is { } environment ? $" --environment {Quoting.ShellWord(environment)}" : "")
        + (Cloud.Value() is { } name ? $" --cloud {name}" : "");

    private static string ManifestOption(NodeProject project) =>
        project.AskedPath is { } path ? $" --manifest {Quoting.ShellWord(path)}" : "";

    private static void Warn(Session session, string? notExecuted)
    {
        if (notExecuted is not null)
        {
            session.Terminal.Error.WriteLine($"NOT EXECUTED: nothing runs on the local cloud's instances, because {notExecuted}.");
        }
    }
}
