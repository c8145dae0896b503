using Baker.Cli.Fleets;
using Baker.Cli.Reaching;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>instance:copy</c>: files and folders between this machine and a node.</summary>
internal static class InstanceCopyCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Copy a file or a folder to a node, or from one.";
        command.ExtendedHelpText = """

            One of the two is NODE:PATH, with a node's id or name, or a group, of which the
            newest node is meant; a path that is not whole begins in the user's home. Where
            the other is a folder that is there, it goes into that. On AWS this runs scp,
            through Session Manager unless the group has "communicator": "ssh", and so
            needs a key that the node knows; in a local sandbox it is root who writes.
            """;
        var from = command.Argument("from", "What to copy.");
        var to = command.Argument("to", "Where to.");
        var options = FleetOptions.On(command);
        var key = FleetOptions.Key(command);
        var json = command.Option("--json", "Print JSON, when it is done.", CommandOptionType.NoValue);
        command.OnExecute(async () =>
        {
            var (source, target) = (FleetArguments.Required(from), FleetArguments.Required(to));
            var (node, path, isUpload) = (Remote(source), Remote(target)) switch
            {
                (null, { } there) => (there.Node, there.Path, true),
                ({ } there, null) => (there.Node, there.Path, false),
                _ => throw new BakerException(
                    ExitCode.BadInput,
                    "One of the two has to be on a node, and the other here.",
                    "Say NODE:PATH for the node's: instance:copy app.conf www:/etc/app.conf."),
            };
            if (source.Length == 0 || target.Length == 0)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{(source.Length == 0 ? "FROM" : "TO")} is empty.",
                    "Name a file or a folder; . is the one that you are in.");
            }

            NodeReach? reach = null;
            var words = (IReadOnlyList<string>)[];
            var found = await NodeReach.UseAsync(session, options, key, "instance:copy", node, async one =>
            {
                reach = one;
                if (!one.IsLocal)
                {
                    var ssh = await one.SshAsync().ConfigureAwait(false);
                    words = isUpload ? ssh.CopyTo(source, path) : ssh.CopyFrom(path, target);
                }
            }).ConfigureAwait(false);
            if (found != (int)ExitCode.Done)
            {
                return found;
            }

            var code = (int)ExitCode.Done;
            if (reach!.IsLocal)
            {
                var files = new SandboxFiles(session, reach);
                await (isUpload ? files.ToAsync(source, path) : files.FromAsync(path, target)).ConfigureAwait(false);
            }
            else
            {
                code = NodeReach.Run(session, words);
            }

            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JObject
                {
                    ["group"] = reach.Node.Group,
                    ["instance"] = reach.Node.Id,
                    ["path"] = path,
                    ["local_path"] = isUpload ? source : target,
                    ["direction"] = isUpload ? "to" : "from",
                    ["exit_code"] = code,
                }.Indented());
            }

            return code;
        });
    }

    /// <summary>The node and the path on it; null of a path on this machine.</summary>
    private static (string Node, string Path)? Remote(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return colon > 0 && (slash < 0 || colon < slash) ? (text[..colon], text[(colon + 1)..]) : null;
    }
}
