using System.Globalization;
using System.Net.Sockets;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;

namespace Baker.Cli.Local;

/// <summary>Holds the local cloud open and serves it until interrupted.</summary>
internal static class LocalServe
{
    /// <summary>How long requests and what instances are doing may take to end when it ends.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1.5);

    public static async Task<ExitCode> RunAsync(Session session, NodeProject project, string? port, bool execute, bool isOpen)
    {
        var number = port is null ? LocalServer.DefaultPort
            : PortNumber.Of(port) ?? throw new BakerException(ExitCode.BadInput, $"--port takes a number from 0 to 65535, not '{port}'.");
        var folder = LocalCloudSetup.CheckedStateFolder(project);
        var options = LocalCloudSetup.Options(session, project, "package local:serve", execute);
        var (other, opened) = await LocalOpening.FindOrOpenAsync(
            session,
            options with { ChecksSignatures = !isOpen }).ConfigureAwait(false);
        if (other is not null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"Process {other.ProcessId} serves this local cloud already, at {other.Url}.",
                "package local:env prints what another shell needs; Ctrl-C in its terminal ends it.");
        }

        var cloud = opened!;
        cloud.Patience = s_patience;
        try
        {
            var url = Listen(cloud, number);
            var server = LocalServer.At(url, cloud.Key, session.Time);
            await LocalOpening.GuardAsync(() =>
            {
                server.Write(folder);
                return Task.FromResult(0);
            }).ConfigureAwait(false);
            try
            {
                Announce(session, cloud, server, isOpen);
                await Task.Delay(Timeout.InfiniteTimeSpan, session.Time, session.Stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
            {
                session.Terminal.Error.WriteLine("package: stopped; instances that run go on running");
            }
            finally
            {
                LocalServer.Remove(folder);
            }
        }
        finally
        {
            await CloseAsync(session, cloud).ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    // Whatever is under way: the next process takes it over, as it would had this one been killed.
    private static async Task CloseAsync(Session session, LocalCloud.LocalCloud cloud)
    {
        try
        {
            await cloud.DisposeAsync().AsTask().WaitAsync(s_limit, session.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            session.Terminal.Error.WriteLine("package: what was under way is left to the next command");
        }
    }

    private static Uri Listen(LocalCloud.LocalCloud cloud, int port)
    {
        try
        {
            return cloud.Listen(port);
        }
        catch (SocketException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"Port {port} of 127.0.0.1 cannot be opened: {error.Message}",
                "Choose another with --port, or 0 for any free one.",
                error);
        }
    }

    private static void Announce(Session session, LocalCloud.LocalCloud cloud, LocalServer server, bool isOpen)
    {
        session.Terminal.Out.WriteLine(server.Url.ToString().TrimEnd('/'));
        session.Terminal.Out.Flush();
        session.Terminal.Error.WriteLine(
            $"The local cloud of {cloud.Status().StateFolder}; account {LocalCloud.Configuration.Identifiers.AccountId}. "
                + "In another terminal (package local:env prints it too):");
        session.Terminal.Error.WriteLine("  " + server.Exports);
        session.Terminal.Error.WriteLine(cloud.Support.Reason is { } reason
            ? $"NOT EXECUTED: nothing runs on its instances, because {reason}."
            : "Instances run for real, in sandboxes. Ctrl-C ends the service.");
        if (isOpen)
        {
            session.Terminal.Error.WriteLine(
                "OPEN: it takes any access key. Every user and program of this machine, and every instance, can read and change all that "
                    + "it holds and run commands on its instances.");
        }
    }
}
