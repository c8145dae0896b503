using Baker.Cli.Baking;
using Baker.Cli.Changes;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Configuration;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Configuration;
using Baker.Core.Discovery;
using Baker.Core.Merging;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>instance:deploy</c>: converges running nodes.</summary>
internal static class InstanceDeployCommand
{
    private const int UsualAtOnce = 10;

    private const string PushScript = "config-push.sh";

    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Converge the running nodes, so many at a time.";
        command.ExtendedHelpText = """

            The endpoints of datastores that the groups use are looked up first, and
            brought along. With --drain each node leaves its target groups, waits until no request is
            under way to it, converges, comes back and is healthy before the next one.
            A node that fails stays out of service: the run says so and names the
            command that brings it back. A run that was killed is put right by the next.
            """;
        var needs = command.Option(
            "--needs <SERVICE>",
            "Instead of groups: those that need the service; may be repeated.",
            CommandOptionType.MultipleValue);
        var confirmation = Confirmation.On(command);
        Set(
            command,
            session,
            "instance:deploy",
            static input => input.Provisions ? input : null,
            "neither \"provision\" nor \"run_list\"",
            needs,
            confirmation);
    }

    /// <summary><c>config:push</c>: the same for what nodes read from SSM.</summary>
    public static void SetPush(CommandLineApplication command, Session session)
    {
        command.Description = "Have running nodes take their configuration, and restart what config_reload names.";
        command.ExtendedHelpText = """

            The endpoints of datastores that the groups use are looked up first. Only
            nodes whose variables have changed restart anything. With --drain each
            node leaves its target groups meanwhile, as with instance:deploy, and a node
            whose restart fails stays out of service.
            """;
        Set(command, session, "config:push", PushOf, "no \"config\": true");
    }

    /// <summary>What brings a group's nodes its configuration, with the newest baker-node; null where they take none.</summary>
    private static BakeInput? PushOf(BakeInput input) => input.Group.Config is null ? null : new BakeInput(
        input.Group with { RunList = [] },
        [new PayloadFile(PushScript, System.Text.Encoding.UTF8.GetBytes(PushText(input.Group)))],
        []);

    private static string PushText(NodeGroup group) => NodeServices.TakesPart(group)
        ? $"#!/bin/sh\n{NodeProgram.Fetch} || exit\nexec {NodeProgram.Collect}\n"
        : $"#!/bin/sh\nexec {NodeProgram.Fetch}\n";

    private static void Set(
        CommandLineApplication command,
        Session session,
        string name,
        Func<BakeInput, BakeInput?> payload,
        string lacking,
        CommandOption? needs = null,
        Confirmation? confirmation = null)
    {
        var groups = command.Argument("group", "The groups; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var number = command.Option("-n <N>", "How many nodes at a time (default 10; with --drain 1).", CommandOptionType.SingleValue);
        var errors = command.Option(
            "--max-errors <N>",
            "How many may fail before no more are begun (default 0).",
            CommandOptionType.SingleValue);
        var drain = command.Option(
            "--drain",
            "Take each node out of its target groups first, and back in after.",
            CommandOptionType.NoValue);
        var back = command.Option(
            "--bring-back",
            "Only bring back, as they are, nodes that an earlier --drain left out.",
            CommandOptionType.NoValue);
        var force = command.Option("--force", "Also take out the last healthy node of a target group.", CommandOptionType.NoValue);
        var key = FleetOptions.Key(command);
        var wait = FleetOptions.Wait(command);
        var breakLock = FleetOptions.BreakLock(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        ExitCode Nothing(string why)
        {
            if (json.HasValue())
            {
                new EventLines(session, isFollowed: false).End(dryRun.HasValue(), steps: [], failure: null, leftovers: [], result: null);
            }

            (json.HasValue() ? session.Terminal.Error : session.Terminal.Out).WriteLine($"Nothing to converge: {why}.");
            return ExitCode.Done;
        }

        command.OnExecute(() => FleetSession.UseAsync(session, options, name, async fleet =>
        {
            var atOnce = FleetArguments.AtOnce("-n", number.Value()) ?? (drain.HasValue() ? 1 : UsualAtOnce);
            var asked = new DeployOptions(
                atOnce,
                FleetArguments.Number("--max-errors", errors.Value()) ?? 0,
                drain.HasValue(),
                back.HasValue(),
                force.HasValue());
            if (asked is { Drains: true, BringsBackOnly: true })
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    "--drain and --bring-back exclude each other.",
                    "--bring-back converges nothing; --drain brings back too, after it has converged.");
            }

            List<string> named = [.. groups.Values.OfType<string>()];
            if (needs?.HasValue() == true)
            {
                named = Needing(fleet.Graph, named, [.. needs.Values.OfType<string>()]);
                if (named.Count == 0)
                {
                    return Nothing($"no group needs {string.Join(", ", needs.Values)}");
                }
            }

            var chosen = new BakeInputs(fleet.Project).Of(
            [
                .. fleet.Project.Groups(named).Select(group => FleetOptions.With(key, session, group)),
            ]);
            var inputs = chosen.Select(payload).OfType<BakeInput>().ToList();
            if (inputs.Count == 0)
            {
                return Nothing($"{string.Join(", ", chosen.Select(input => input.Group.Name))} "
                    + $"{(chosen.Count == 1 ? "has" : "have")} {lacking}");
            }

            if (named.Count == 0 && confirmation is { IsAsked: true } && !dryRun.HasValue() && !asked.BringsBackOnly)
            {
                await AskAsync(session, fleet, confirmation, [.. inputs.Select(input => input.Group)], asked.AtOnce).ConfigureAwait(false);
            }

            using var change = fleet.Change(
                inputs is [var only] ? $"{only.Group.Name}.{name.Replace(':', '-')}" : name.Replace(':', '-'),
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate(
                    [.. inputs.Select(input => input.Group)],
                    reason,
                    converges: name == "instance:deploy" && !asked.BringsBackOnly));
            change.Ways = asked.Drains
                ? "what is out of service comes back first, within a minute; the same command converges the rest"
                : "nodes that have begun end by themselves; the same command converges the rest";
            foreach (var input in inputs)
            {
                var store = new ConfigStore(fleet.Context(input.Group));
                session.Masks.Add(await store.SecretsAsync(input.Group, session.Stop).ConfigureAwait(false));
            }

            if (!asked.BringsBackOnly && fleet.Endpoints([.. inputs.Select(input => input.Group)]) is { } endpoints)
            {
                await change.ApplyAsync(endpoints).ConfigureAwait(false);
                inputs = [.. inputs.Select(input => With(input, endpoints.Endpoints))];
            }

            var dropped = new DroppedServices(session, fleet, change);
            foreach (var input in asked.Drains ? inputs : [])
            {
                await new ServicePreflight(fleet, change, session.Stop).DrainsAsync(input.Group, asked.AtOnce).ConfigureAwait(false);
            }

            return await RunAsync(change, fleet, inputs, asked, wait.Value(), breakLock.HasValue(), dropped).ConfigureAwait(false);
        }));
    }

    /// <summary>Who names no group means all, and may not know how many nodes these have.</summary>
    private static async Task AskAsync(
        Session session,
        FleetSession fleet,
        Confirmation confirmation,
        List<NodeGroup> groups,
        int atOnce)
    {
        var nodes = (await fleet.NodesAsync([.. groups.Select(group => group.Name.ToString())])
            .ConfigureAwait(false)).CountBy(node => node.Group).ToDictionary();
        var counted = groups.ConvertAll(group => (Name: group.Name.ToString(), Nodes: nodes.GetValueOrDefault(group.Name)));
        if (counted.Sum(group => group.Nodes) is var all and > 0)
        {
            await confirmation.AskAsync(
                session,
                fleet.Cloud,
                groups.Select(group => group.Region),
                fleet.Project.Environment?.Name.ToString(),
                counted.FindAll(group => group.Nodes > 0)
                    .Select(group => $"{group.Name}: {group.Nodes} node{(group.Nodes == 1 ? "" : "s")}"),
                $"Converge {(all == 1 ? "this node" : $"all {all} nodes")}, {atOnce} at a time?",
                "nothing was converged").ConfigureAwait(false);
        }
    }

    /// <summary>The groups that need services.</summary>
    private static List<string> Needing(ServiceGraph graph, List<string> named, List<string> services)
    {
        if (named.Count > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "--needs says which groups to converge, and so do their names.",
                "Leave one of the two out.");
        }

        var needed = services.ConvertAll(service => ServiceView.Require(graph, service));
        return [.. graph.Groups
            .Where(group => group.Needs.Any(need => needed.Contains(need.Name)))
            .Select(group => group.Name.ToString())];
    }

    /// <summary>With the endpoints for Chef, and what is told of services; a push has nodes take them by itself.</summary>
    private static BakeInput With(BakeInput input, IReadOnlyDictionary<string, DatastoreEndpoints> endpoints) =>
        input.Scripts is [{ Path: PushScript }]
            ? input
            : input with
            {
                Announces = NodeServices.TakesPart(input.Group),
                Datastores = input.Group.Uses.IsEmpty
                    ? null
                    : new JObject(input.Group.Uses.Select(name => new JProperty(name, endpoints[name].Attributes))),
            };

    private static async Task<ExitCode> RunAsync(
        ChangeCommand change,
        FleetSession fleet,
        List<BakeInput> inputs,
        DeployOptions options,
        string? wait,
        bool breakLock,
        DroppedServices dropped)
    {
        var reports = new List<DeployReport>();
        foreach (var input in inputs)
        {
            var operation = Operation(fleet, input, options, wait, breakLock);
            var going = options.BringsBackOnly ? [] : await dropped.WithdrawAsync(input.Group).ConfigureAwait(false);
            await change.ApplyAsync(operation).ConfigureAwait(false);
            reports.Add(operation.Report());
            await dropped.RemoveAsync(input.Group, going, reports[^1].Results).ConfigureAwait(false);
            if (reports[^1].Results.Count(result => result.IsFailed) > options.MaxErrors && reports.Count < inputs.Count)
            {
                change.Say($"Not begun: {string.Join(", ", inputs.Skip(reports.Count).Select(each => each.Group.Name))}");
                break;
            }
        }

        var results = reports.SelectMany(report => report.Results).ToList();
        foreach (var failed in results.Where(result => result.IsFailed))
        {
            change.Say($"{failed.Group} {failed.Instance}: {failed.Status}\n{failed.Output}");
        }

        var warned = results.Where(result => result.IsDone && result.Output.Length > 0);
        foreach (var kept in warned.GroupBy(result => (result.Group, result.Output)))
        {
            var others = kept.Count() == 1 ? "" : $" and {kept.Count() - 1} more";
            change.Say($"warning: {kept.Key.Group} {kept.First().Instance}{others}: {kept.Key.Output}");
        }

        var words = options.BringsBackOnly ? change.Count > 0 ? "" : "No node is out of service: there is nothing to bring back."
            : results.Count > 0 ? Table(results)
            : $"Nothing to converge: no instance of {string.Join(", ", inputs.Select(input => input.Group.Name))} runs.";
        var code = results.Exists(result => result.Status == DeployResult.Unhealthy) ? ExitCode.TimedOut
            : reports.TrueForAll(report => report.StillOut.IsEmpty) && results.TrueForAll(result => result.IsDone) ? ExitCode.Done
            : ExitCode.CloudFailed;
        return change.End(code, words, Described(reports));
    }

    private static string Table(List<DeployResult> results)
    {
        var width = Math.Max(5, results.Select(result => result.Group.Length).Max());
        var lines = results.GroupBy(result => result.Group)
            .Select(group =>
                $"{group.Key.PadRight(width)}  {group.Count(),6}  {group.Count(result => result.IsDone),6}  "
                    + $"{group.Count(result => result.IsFailed),6}  {group.Count(result => result.IsNotBegun),9}");
        return string.Join('\n', lines.Prepend($"{"GROUP".PadRight(width)}  {"NODES",6}  {"DONE",6}  {"FAILED",6}  {"NOT BEGUN",9}"));
    }

    private static JObject Described(IEnumerable<DeployReport> reports) => new()
    {
        ["nodes"] = new JArray(reports.SelectMany(report => report.Results).Select(result => new JObject
        {
            ["group"] = result.Group,
            ["instance"] = result.Instance,
            ["status"] = result.Status,
            ["output"] = result.Output.Length > 0 ? result.Output : null,
        })),
        ["still_out"] = new JArray(reports.SelectMany(report => report.StillOut).Select(node => node.Id)),
    };

    private static DeployOperation Operation(FleetSession fleet, BakeInput input, DeployOptions options, string? wait, bool breakLock)
    {
        var context = fleet.Context(input.Group, wait);
        var settings = fleet.Project.Settings;
        INodeDeploy deploy = input.Group.Communicator == CommunicatorKind.Ssh
            ? new SshDeploy(context, input, fleet.Run)
            : new InstanceDeploy(context, input, fleet.Run, settings.Bucket, settings.BucketPrefix);
        return new DeployOperation(
            context,
            input.Group.Name,
            deploy,
            fleet.Run,
            options with { Services = input.Group.ProvidedNames },
            breakLock,
            fleet.ServicesOf(input.Group));
    }
}
