using Baker.Cli.Fleets;
using Baker.Cli.Reaching;
using Baker.Cli.Sessions;
using Baker.Core;
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
        var asked = command.Argument("instance", "Its id or its name; or a group, of which the newest node is meant.");
        var options = FleetOptions.On(command);
        var key = FleetOptions.Key(command);
        command.OnExecute(() =>
        {
            // The cloud is closed before the shell begins: a local one would else be locked for as long as that is open.
            IReadOnlyList<string> words = [];
            var node = FleetArguments.Required(asked);
            var found = NodeReach.UseAsync(session, options, key, "instance:shell", node, async reach =>
            {
                words = reach.IsOverSsh ? (await reach.SshAsync().ConfigureAwait(false)).Shell
                    : reach.IsLocal ? reach.ShellInSandbox()
                    : reach.OnAws();
            }).GetAwaiter().GetResult();
            return found == (int)ExitCode.Done ? NodeReach.Run(session, words) : found;
        });
    }
}
