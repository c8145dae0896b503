using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>instance:quarantine</c>: a sick node leaves its fleet, and stays for a look.</summary>
internal static class InstanceQuarantineCommand
{
    /// <summary>AWS's limit of a tag's value.</summary>
    private const int LongestTag = 256;

    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Take a sick node out of service and out of its fleet, which replaces it, and keep it for a look.";
        command.ExtendedHelpText = """

            The node goes on running, and costs, until instance:terminate ends it. instance:list
            shows it; deploys, tasks and the inventory leave it out, instance:shell reaches it.
            """;
        var asked = command.Argument("instance", "Its id, or name.");
        var options = FleetOptions.On(command);
        var why = command.Option("--why <REASON>", "Why; instance:list shows it.", CommandOptionType.SingleValue);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:quarantine", async fleet =>
        {
            var wanted = FleetArguments.Required(asked);
            var reason = FleetArguments.Reason(why);
            var all = await fleet.NodesAsync([], withKept: true).ConfigureAwait(false);
            var node = Find(fleet, all, wanted);
            var group = fleet.GroupOf(node);
            using var change = fleet.Change(
                $"{node.Group}.instance-quarantine",
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate([group], reason: null));
            var context = fleet.Context(group);
            var note = $"{TimeText.Of(context.Clock.UtcNow)} {context.Operator.Name}{(reason is null ? "" : $": {reason}")}";
            var operation = new QuarantineOperation(
                context,
                node,
                group,
                fleet.ServicesOf(group),
                fleet.Run,
                note.Length > LongestTag ? note[..LongestTag] : note);
            await change.ApplyAsync(operation).ConfigureAwait(false);
            return change.End(
                ExitCode.Done,
                change.Count == 0
                    ? $"{node.Id} is in quarantine already."
                    : $"{node.Id} is in quarantine; {fleet.Cloud.Suggested.Package($"instance:terminate {node.Id}")} ends it.",
                new JObject { ["instance"] = node.Id, ["group"] = node.Group, ["fleet"] = node.Fleet });
        }));
    }

    private static NodeInstance Find(FleetSession fleet, List<NodeInstance> all, string wanted)
    {
        var found = all.FindAll(node => node.IsCalled(wanted));
        return found switch
        {
            [] => throw new BakerException(
                ExitCode.BadInput,
                $"There is no node {Quoting.Quote(wanted)}.",
                $"{fleet.Cloud.Suggested.Package("instance:list")} shows them."),
            [{ IsKeptBake: true } kept] => throw new BakerException(
                ExitCode.BadInput,
                $"{kept.Id} is what a failed bake kept: nobody is sent to it.",
                "It stays until instance:terminate ends it."),
            [{ Fleet: null, Quarantine: null } alone] => throw new BakerException(
                ExitCode.BadInput,
                $"{alone.Id} belongs to no fleet, which would replace it.",
                $"{fleet.Cloud.Suggested.Package($"instance:terminate {alone.Id}")} ends it; instance:create makes another."),
            [var one] => one,
            _ => throw new BakerException(
                ExitCode.BadInput,
                $"{found.Count} nodes are called {Quoting.Quote(wanted)}.",
                $"Name one by its id: {string.Join(", ", found.Select(node => node.Id))}."),
        };
    }
}
