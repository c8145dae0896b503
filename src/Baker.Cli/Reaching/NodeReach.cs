using System.ComponentModel;
using System.Diagnostics;
using Baker.Cli.Clouds;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Host;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Merging;
using Baker.LocalCloud.Sandboxes;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Reaching;

/// <summary>One node, and how this machine comes to it: in its sandbox, through Session Manager, or over SSH.</summary>
internal sealed class NodeReach(Session session, FleetSession fleet, string command, NodeInstance node, NodeGroup group)
{
    public NodeInstance Node => node;

    /// <summary>Whether it runs on this machine, in a sandbox.</summary>
    public bool IsLocal => fleet.Cloud.CloudName == "local" && !IsOverSsh;

    public bool IsOverSsh => group.Communicator == CommunicatorKind.Ssh;

    private string StateFolder => LocalCloudSetup.StateFolder(fleet.Project);

    /// <summary>Whether a folder of this machine is what the node's sandbox is made of, or is in that.</summary>
    public bool IsOfSandbox(string folder) => SandboxShell.IsMadeOf(StateFolder, node.Id, folder);

    private string SearchPath => session.Environment.Value.GetValueOrDefault("PATH", "");

    /// <summary>Finds a node and has the way to it prepared. The cloud is closed after that: what goes on may last, and a local one would
    /// else be locked meanwhile.</summary>
    /// <param name="asked">A node's id or name; or a group's, of which the newest node is meant.</param>
    /// <exception cref="BakerException">There is none, or it does not run.</exception>
    public static Task<int> UseAsync(
        Session session,
        FleetOptions options,
        CommandOption key,
        string command,
        string asked,
        Func<NodeReach, Task> prepare) => FleetSession.UseAsync(session, options, command, async fleet =>
        {
            await prepare(await FindAsync(session, fleet, command, asked, key).ConfigureAwait(false)).ConfigureAwait(false);
            return ExitCode.Done;
        });

    private static async Task<NodeReach> FindAsync(
        Session session,
        FleetSession fleet,
        string command,
        string asked,
        CommandOption key)
    {
        var all = await fleet.NodesAsync([], withKept: true).ConfigureAwait(false);
        var found = all.FindAll(each => each.IsCalled(asked));
        if (found is not [{ State: "running" } node])
        {
            // Each node of a fleet has its group's name.
            node = NewestOf(asked, all) ?? found switch
            {
                [var one] => one,
                [] => throw new BakerException(
                    ExitCode.BadInput,
                    fleet.Project.Manifest.Groups.Any(group => group.Name == asked)
                        ? $"The group {asked} has no node that runs."
                        : $"There is no node {asked}, and no group of that name with one that runs.",
                    $"{fleet.Cloud.Suggested.Package("instance:list")} shows them."),
                _ => throw new BakerException(
                    ExitCode.BadInput,
                    $"{found.Count} nodes have the name {asked}: {string.Join(", ", found.Take(5).Select(each => each.Id))}.",
                    "Give the id."),
            };
        }

        return node.State == "running"
            ? new NodeReach(session, fleet, command, node, FleetOptions.With(key, session, fleet.GroupOf(node)))
            : throw new BakerException(ExitCode.CloudFailed, $"{node.Id} is {node.State}.", $"{command} needs a running instance.");
    }

    /// <summary>The command that opens a session on AWS.</summary>
    /// <param name="path">The folders that programs are looked for in.</param>
    /// <param name="more">What kind of session, where it is no shell.</param>
    /// <exception cref="BakerException">A program that it needs is not installed.</exception>
    internal static IReadOnlyList<string> OnAws(string command, string instance, string region, string path, params string[] more)
    {
        foreach (var (program, name) in new[] { ("aws", "the AWS CLI"), ("session-manager-plugin", "its Session Manager plugin") })
        {
            if (ProgramPath.Find(path, program) is null)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{command} needs {name}: {program} is not on the PATH.",
                    program == "aws"
                        ? "Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
                        : "Install it: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
                            + "session-manager-working-with-install-plugin.html");
            }
        }

        return ["aws", "ssm", "start-session", "--region", region, "--target", instance, .. more];
    }

    /// <summary>The same for this node.</summary>
    public IReadOnlyList<string> OnAws(params string[] more) => OnAws(command, node.Id, group.Region, SearchPath, more);

    /// <summary>OpenSSH's commands: over the network, or through Session Manager where the group's nodes are not logged in to.</summary>
    /// <exception cref="BakerException">OpenSSH is not installed, or nothing says with which key.</exception>
    public Task<SshCommands> SshAsync()
    {
        if (ProgramPath.Find(SearchPath, "ssh") is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{command} needs OpenSSH: ssh is not on the PATH.",
                "Install it (Debian: openssh-client).");
        }

        var proxy = IsOverSsh ? null
            : string.Join(' ', OnAws("--document-name", "AWS-StartSSHSession", "--parameters", "portNumber=%p"));
        var knownHosts = Path.Combine(StateFolder, "known_hosts", node.Id);
        return SshCommands.FindAsync(fleet.Context(group), group, node.Id, command, knownHosts, proxy, session.Stop);
    }

    /// <summary>The command that opens a shell in the node's sandbox.</summary>
    public IReadOnlyList<string> ShellInSandbox() => InSandbox(SandboxShell.Command(
        StateFolder,
        node.Id,
        LocalCloudSetup.Limits(fleet.Project),
        session.Environment.Value.GetValueOrDefault("TERM", "dumb"),
        $"{node.Group} {node.Id} # "));

    /// <summary>The command that runs a script in it.</summary>
    public IReadOnlyList<string> ScriptInSandbox(string script, params string[] arguments) =>
        InSandbox(SandboxShell.Running(StateFolder, node.Id, LocalCloudSetup.Limits(fleet.Project), script, arguments));

    /// <summary>Runs a command that has the terminal; its exit code.</summary>
    public static int Run(Session session, IReadOnlyList<string> words)
    {
        session.Terminal.Out.Flush();
        using var process = Start(new ProcessStartInfo(words[0], words.Skip(1)));

        // Ctrl-C is the command's own: it reaches it by the terminal, and ends what runs there, not the session.
        process.WaitForExit();
        return process.ExitCode;
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            start.FileName = ProgramPath.Need(start.FileName);
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{start.FileName} cannot be started: {error.Message}",
                "Put it on the PATH.",
                error);
        }
    }

    private static NodeInstance? NewestOf(string group, List<NodeInstance> all) => all
        .Where(each => each.Group == group && each is { State: "running", IsKeptBake: false, Quarantine: null })
        .OrderByDescending(each => each.Fleet is not null)
        .ThenByDescending(each => each.Launched)
        .FirstOrDefault();

    private IReadOnlyList<string> InSandbox(IReadOnlyList<string>? words) => words ?? throw new BakerException(
        ExitCode.CloudFailed,
        $"Nothing runs in {node.Id}: it has no sandbox.",
        "package local:status says whether instances are executed on this machine.");
}
