using System.Text;
using Baker.Cli.Baking;
using Baker.Cli.Compiling;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>The commands on single instances: make, list, end, inventory.</summary>
internal static class InstanceCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("instance:create", command => Create(command, session));
        app.Command("instance:deploy", command => InstanceDeployCommand.Set(command, session));
        app.Command("instance:run", command => InstanceRunCommand.Set(command, session));
        app.Command("instance:shell", command => InstanceShellCommand.Set(command, session));
        app.Command("instance:forward", command => InstanceForwardCommand.Set(command, session));
        app.Command("instance:copy", command => InstanceCopyCommand.Set(command, session));
        app.Command("instance:list", command => List(command, session));
        app.Command("instance:quarantine", command => InstanceQuarantineCommand.Set(command, session));
        app.Command("instance:terminate", command => Terminate(command, session));
        app.Command("instance:inventory", command => Inventory(command, session));
    }

    private static void Create(CommandLineApplication command, Session session)
    {
        command.Description = "Launch one instance outside any fleet, and write its DNA file.";
        var group = command.Argument("group", "The group.");
        var options = FleetOptions.On(command);
        var key = command.Option(
            "--key <PATH>",
            "The private key, which is needed; its public half is imported where AWS lacks it.",
            CommandOptionType.SingleValue);
        var name = command.Option("--name <NAME>", "The instance's name.", CommandOptionType.SingleValue);
        var zone = command.Option(
            "--zone <ZONE>",
            "The zone (default: one that offers the type, at random).",
            CommandOptionType.SingleValue);
        var image = ImageChoice.On(command);
        var join = command.Option(
            "--join",
            "Register it behind its group's balancer, and wait until it is healthy there.",
            CommandOptionType.NoValue);
        var wait = FleetOptions.Wait(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:create", async fleet =>
        {
            var node = fleet.Project.Groups([FleetArguments.Required(group)])[0];
            var path = key.Value()
                ?? throw new BakerException(ExitCode.BadInput, "Which key?", "Give the private key's file with --key PATH.");
            var label = name.Value() ?? throw new BakerException(ExitCode.BadInput, "What is its name?", "Give it with --name NAME.");
            var keyName = Path.GetFileNameWithoutExtension(path);
            var sshKey = SshKey.Read(ReadKey(session, path), path);
            using var change = fleet.Change(
                $"{node.Name}.instance-create",
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate([node], reason));
            var context = fleet.Context(node, wait.Value());
            string Shown(string instance) => $"{fleet.Project.InEnvironment(fleet.Project.Settings.DnaFolder)}/{node.Name}-{instance}.json";
            var creation = new InstanceCreation(
                context,
                node,
                label,
                sshKey,
                keyName,
                zone.Value(),
                fleet.Run,
                async () => (await fleet.ImageAsync(context, node.Variants[0], image).ConfigureAwait(false)).Id,
                Shown,
                instance => WriteDna(
                    Path.Combine(fleet.Project.Folder, Shown(instance)),
                    Shown(instance),
                    DnaText.OfInstance(node, instance)),
                join.HasValue());
            if (fleet.Endpoints([node]) is { } endpoints)
            {
                await change.ApplyAsync(endpoints).ConfigureAwait(false);
            }

            await change.ApplyAsync(creation).ConfigureAwait(false);
            return change.End(ExitCode.Done, creation.Instance ?? "", new JObject { ["instance"] = creation.Instance });
        }));
    }

    private static void WriteDna(string file, string shown, string text)
    {
        AtomicFile.CreateFolder(Path.GetDirectoryName(file)!, shown);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(text), shown);
    }

    private static void List(CommandLineApplication command, Session session)
    {
        command.Description = "List the nodes, and the instances that failed bakes and quarantines kept.";
        var groups = command.Argument("group", "The groups; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:list", async fleet =>
        {
            var all = await fleet.NodesAsync([.. groups.Values.OfType<string>()], withKept: true).ConfigureAwait(false);
            if (json.HasValue())
            {
                var described = all.Select(node => Described(node, !fleet.Gone.IsGone(node.Group)));
                session.Terminal.Out.WriteLine(new JArray(described).Indented());
                return ExitCode.Done;
            }

            if (all.Count == 0)
            {
                session.Terminal.Error.WriteLine("There is no instance.");
                return ExitCode.Done;
            }

            session.Terminal.Out.WriteLine(TextTable.Of(
                ["INSTANCE", "GROUP", "NAME", "STATE", "TYPE", "ZONE", "ADDRESS", "FLEET"],
                all.Select(node => new[]
                {
                    node.Id,
                    node.Group,
                    node.Name,
                    node.State,
                    node.Type,
                    node.Zone,
                    node.PublicAddress ?? node.PrivateAddress ?? "-",
                    node.Quarantine is { } since ? $"quarantine {since}" : node.Fleet ?? (node.IsKeptBake ? "kept bake"
                        : node.Joined.IsEmpty ? "-" : $"joined {string.Join(", ", node.Joined)}"),
                }),
                session.Terminal.Columns,
                less: [4, 5]));

            foreach (var name in all.Select(node => node.Group).Where(fleet.Gone.IsGone).Distinct())
            {
                session.Terminal.Out.WriteLine($"{name}: {GoneGroups.Words(fleet.Project)}");
            }

            return ExitCode.Done;
        }));
    }

    private static JObject Described(NodeInstance node, bool inManifest) => new()
    {
        ["id"] = node.Id,
        ["group"] = node.Group,
        ["in_manifest"] = inManifest,
        ["name"] = node.Name,
        ["state"] = node.State,
        ["type"] = node.Type,
        ["zone"] = node.Zone,
        ["image"] = node.Image,
        ["private_address"] = node.PrivateAddress,
        ["public_address"] = node.PublicAddress,
        ["key"] = node.Key,
        ["fleet"] = node.Fleet,
        ["joined"] = new JArray(node.Joined),
        ["kept_bake"] = node.IsKeptBake,
        ["quarantine"] = node.Quarantine,
        ["drained_by"] = node.DrainedBy,
        ["registrations"] = node.Registrations,
    };

    private static void Terminate(CommandLineApplication command, Session session)
    {
        command.Description = "End instances outside any fleet, and those that failed bakes kept.";
        var ids = command.Argument("instance", "Their ids, or names.", multipleValues: true);
        var options = FleetOptions.On(command);
        var confirmation = Confirmation.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:terminate", async fleet =>
        {
            var asked = FleetArguments.AllRequired(ids);
            var all = await fleet.NodesAsync([], withKept: true).ConfigureAwait(false);
            var found = all.FindAll(node => asked.Any(node.IsCalled));
            if (asked.FirstOrDefault(each => !found.Exists(node => node.IsCalled(each))) is { } unknown)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"No instance of the groups is {Quoting.Quote(unknown)}, by its id or its name.",
                    $"{fleet.Cloud.Suggested.Package("instance:list")} shows them.");
            }

            if (found.Find(node => node.Fleet is not null) is { } member)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{member.Id} belongs to the fleet {member.Fleet}, which would replace it.",
                    "Use autoscale:scale or autoscale:delete.");
            }

            if (!dryRun.HasValue())
            {
                await confirmation.AskAsync(
                    session,
                    fleet.Cloud,
                    found.Select(node => node.Region),
                    fleet.Project.Environment?.Name.ToString(),
                    found.Select(node => $"{node.Id} {node.Name} of {node.Group} ({node.State}, "
                        + $"launched {TimeText.Of(node.Launched)})"),
                    found.Count == 1 ? "End this instance?" : $"End these {found.Count} instances?",
                    "nothing was ended").ConfigureAwait(false);
            }

            var ending = found.ConvertAll(node => (Node: node, Group: fleet.GroupOf(node)));
            using var change = fleet.Change(
                "instance-terminate",
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate([.. ending.Select(each => each.Group).DistinctBy(group => group.Name)], reason: null));
            await new ServicePreflight(fleet, change, session.Stop)
                .EndAsync(ending.FindAll(each => !each.Node.IsKeptBake).ConvertAll(each => (each.Group, each.Node.Id)))
                .ConfigureAwait(false);
            await change.ApplyAsync(new InstanceTermination(
                [.. ending.Select(each => (each.Node, each.Group, fleet.Context(each.Group)))],
                fleet.Run,
                fleet.ServicesOf)).ConfigureAwait(false);
            return change.End(ExitCode.Done, "");
        }));
    }

    private static void Inventory(CommandLineApplication command, Session session)
    {
        command.Description = "Print Ansible's dynamic inventory.";
        var options = FleetOptions.On(command);
        var list = command.Option("--list", "All hosts and groups (the default).", CommandOptionType.NoValue);
        var host = command.Option("--host <HOST>", "The variables of one host.", CommandOptionType.SingleValue);
        command.Option("--json", "Print JSON (as without it).", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:inventory", async fleet =>
        {
            var all = await fleet.NodesAsync([], withKept: true).ConfigureAwait(false);
            all.RemoveAll(node => node.IsKeptBake || node.Quarantine is not null);
            var environments = fleet.Project
                .Groups([])
                .ToDictionary(
                    group => group.Name.ToString(),
                    group => group.Environment?.ToString() ?? (string?)group.Attributes["default_attributes"]?["environment"]);
            session.Terminal.Out.WriteLine(host.Value() is { } one && !list.HasValue()
                ? AnsibleInventory.Host(all, EnvironmentOf, one)
                : AnsibleInventory.List(all, EnvironmentOf, fleet.Gone.IsGone));
            return ExitCode.Done;

            string? EnvironmentOf(string group) => environments.GetValueOrDefault(group)
                ?? (fleet.Gone.IsGone(group) ? fleet.Project.Environment?.Name.ToString() : null);
        }));
    }

    private static string ReadKey(Session session, string path)
    {
        try
        {
            return ProjectFile.ReadText(session, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The key {path} cannot be read: {error.Message}",
                "Give the private key's file.",
                error);
        }
    }
}
