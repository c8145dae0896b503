using System.ComponentModel;
using System.Diagnostics;
using Baker.Cli.Clouds;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Merging;
using Baker.LocalCloud.Sandboxes;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>
/// <c>instance:shell</c>: a shell on a node, through Session Manager on AWS, in its sandbox on the local cloud, or over
/// SSH.
/// </summary>
internal static class InstanceShellCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Open a shell on a node, or on an instance that a failed bake kept.";
        command.ExtendedHelpText = """

            Without SSH no port and no key is needed. On AWS this runs "aws ssm
            start-session": the AWS CLI and its Session Manager plugin must be installed.
            On the local cloud it is a shell in the instance's sandbox. For a group with
            "communicator": "ssh" it runs ssh, with your key, and trusts only the host keys
            that the instance printed on its console, where it printed any. It ends with
            the exit code of the shell.
            """;
        var asked = command.Argument("instance", "Its id, or its name.");
        var options = FleetOptions.On(command);
        var key = FleetOptions.Key(command);
        command.OnExecute(() =>
        {
            // The cloud is closed before the shell begins: a local one would else be locked for as long as that is open.
            IReadOnlyList<string> words = [];
            var found = FleetSession.UseAsync(session, options, "instance:shell", async fleet =>
            {
                var node = await FindAsync(session, fleet, FleetArguments.Required(asked)).ConfigureAwait(false);
                words = await WordsAsync(session, fleet, node, key).ConfigureAwait(false);
                return ExitCode.Done;
            }).GetAwaiter().GetResult();
            return found == (int)ExitCode.Done ? Run(session, words) : found;
        });
    }

    /// <summary>The command that opens a session on AWS.</summary>
    /// <param name="path">The folders that programs are looked for in.</param>
    /// <exception cref="BakerException">A program that it needs is not installed.</exception>
    internal static IReadOnlyList<string> OnAws(string instance, string region, string path)
    {
        foreach (var (program, name) in new[] { ("aws", "the AWS CLI"), ("session-manager-plugin", "its Session Manager plugin") })
        {
            if (ProgramPath.Find(path, program) is null)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"instance:shell needs {name}: {program} is not on the PATH.",
                    program == "aws"
                        ? "Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
                        : "Install it: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
                            + "session-manager-working-with-install-plugin.html");
            }
        }

        return ["aws", "ssm", "start-session", "--region", region, "--target", instance];
    }

    private static async Task<NodeInstance> FindAsync(Session session, FleetSession fleet, string asked)
    {
        var all = await InstanceCommands.ReadAsync(session, fleet, [], withKept: true).ConfigureAwait(false);
        var found = all.FindAll(node => node.Id == asked || node.Name == asked);
        var node = found switch
        {
            [var one] => one,
            [] => throw new BakerException(
                ExitCode.BadInput,
                $"There is no node {asked}.",
                $"{fleet.Cloud.Suggested.Package("instance:list")} shows them."),
            _ => throw new BakerException(
                ExitCode.BadInput,
                $"{found.Count} nodes have the name {asked}: {string.Join(", ", found.Take(5).Select(each => each.Id))}.",
                "Give the id."),
        };
        return node.State == "running"
            ? node
            : throw new BakerException(ExitCode.CloudFailed, $"{node.Id} is {node.State}.", "A shell needs a running instance.");
    }

    private static async Task<IReadOnlyList<string>> WordsAsync(Session session, FleetSession fleet, NodeInstance node, CommandOption key)
    {
        var path = session.Environment.Value.GetValueOrDefault("PATH", "");
        var group = FleetOptions.With(key, session, fleet.GroupOf(node));
        if (group.Communicator != CommunicatorKind.Ssh)
        {
            return fleet.Cloud.CloudName == "local"
                ? OnLocal(session, fleet.Project, node)
                : OnAws(node.Id, group.Region, path);
        }

        if (ProgramPath.Find(path, "ssh") is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "instance:shell needs OpenSSH: ssh is not on the PATH.",
                "Install it (Debian: openssh-client).");
        }

        var knownHosts = Path.Combine(LocalCloudSetup.StateFolder(fleet.Project), "known_hosts", node.Id);
        return await SshShell.CommandAsync(fleet.Context(group), group, node.Id, knownHosts, session.Stop).ConfigureAwait(false);
    }

    private static IReadOnlyList<string> OnLocal(Session session, NodeProject project, NodeInstance node) => SandboxShell.Command(
        LocalCloudSetup.StateFolder(project),
        node.Id,
        LocalCloudSetup.Limits(project),
        session.Environment.Value.GetValueOrDefault("TERM", "dumb"),
        $"{node.Group} {node.Id} # ")
        ?? throw new BakerException(
            ExitCode.CloudFailed,
            $"Nothing runs in {node.Id}: it has no sandbox.",
            "package local:status says whether instances are executed on this machine.");

    private static int Run(Session session, IReadOnlyList<string> words)
    {
        session.Terminal.Out.Flush();
        using var process = new Process { StartInfo = new ProcessStartInfo(words[0], words.Skip(1)) };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new BakerException(ExitCode.CloudFailed, $"{words[0]} cannot be started: {error.Message}", "Put it on the PATH.", error);
        }

        // Ctrl-C is the shell's own: it reaches it by the terminal, and ends what runs there, not the session.
        process.WaitForExit();
        return process.ExitCode;
    }
}
