using System.Collections.Immutable;
using System.Globalization;
using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Resources;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>The commands that look at environments: how one is, and how two differ.</summary>
internal static class EnvironmentLookCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("environment:status", command => Status(command, session));
        app.Command("environment:diff", command => Diff(command, session));
    }

    private static void Status(CommandLineApplication command, Session session)
    {
        command.Description = "Show every role of an environment, and its datastores; exit 4 when a role is not healthy.";
        var name = command.Argument("environment", "The environment (default: that of --environment).");
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "environment:status", async fleet =>
        {
            var environment = EnvironmentChange.NameOf(fleet);
            var groups = fleet.Project.Groups([]).Where(group => group.Autoscale is not null).ToList();
            var datastores = await fleet.DatastoresAsync(fleet.Project.Groups([])).ConfigureAwait(false);
            var roles = new List<RoleStatus>();
            foreach (var region in groups.Select(group => group.Region).Distinct())
            {
                var context = fleet.Context(fleet.Gone.Of(default, region));
                var reports = await new FleetReports(context).ReadAsync(
                    [.. groups.Where(group => group.Region == region).Select(group => group.Name)],
                    withTargets: true,
                    session.Stop).ConfigureAwait(false);
                roles.AddRange(reports.Select(RoleStatus.Of));
            }

            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JObject
                {
                    ["environment"] = environment,
                    ["healthy"] = roles.TrueForAll(role => role.IsHealthy),
                    ["roles"] = new JArray(roles.Select(role => role.ToJson())),
                    ["datastores"] = new JArray(datastores.Select(state => new JObject
                    {
                        ["datastore"] = state.Name,
                        ["region"] = state.Region,
                        ["store"] = state.Found.Datastore.Words,
                        ["endpoint"] = state.Given?.Address,
                        ["current"] = state.Found.Problem is null && !state.IsStale,
                        ["state"] = state.Words,
                    })),
                }.Indented());
            }
            else
            {
                Write(session.Terminal.Out, roles);
                Write(session.Terminal.Out, datastores);
            }

            return roles.TrueForAll(role => role.IsHealthy) ? ExitCode.Done : ExitCode.TimedOut;
        }, environment: name.Value));
    }

    private static void Write(TextWriter output, List<RoleStatus> roles)
    {
        var width = roles.Select(role => role.Group.Length).Append("ROLE".Length).Max();
        var fleets = roles.Select(role => role.Fleet.Length).Append("FLEET".Length).Max();
        output.WriteLine($"{"ROLE".PadRight(width)}  {"FLEET".PadRight(fleets)}  HEALTHY  STATE");
        foreach (var role in roles)
        {
            var healthy = string.Create(CultureInfo.InvariantCulture, $"{role.Healthy}/{role.Desired}");
            output.WriteLine($"{role.Group.PadRight(width)}  {role.Fleet.PadRight(fleets)}  {healthy,7}  {role.State}");
        }
    }

    private static void Write(TextWriter output, ImmutableArray<DatastoreState> datastores)
    {
        if (datastores.IsEmpty)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(TextTable.Of(
            ["DATASTORE", "ENDPOINT", "STATE"],
            datastores.Select(state => new[] { state.Name, state.Given?.Address ?? "-", state.Words })));
    }

    private static void Diff(CommandLineApplication command, Session session)
    {
        command.Description = "Show how the groups and resources of two environments differ in the manifest; exit 2 if they do.";
        var first = command.Argument("first", "An environment.");
        var second = command.Argument("second", "Another.");
        var manifest = ManifestOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            var (left, right) = (manifest.Load(session, FleetArguments.Required(first)),
                manifest.Load(session, FleetArguments.Required(second)));
            var differences = Differences(left, right).ToList();
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JArray(differences.Select(each => new JObject
                {
                    ["what"] = each.What,
                    ["name"] = each.Name,
                    ["difference"] = each.Difference,
                })).Indented());
            }
            else
            {
                foreach (var each in differences)
                {
                    session.Terminal.Out.WriteLine($"{each.What} {each.Name}: {each.Difference}");
                }
            }

            return (int)(differences.Count > 0 ? ExitCode.Changes : ExitCode.Done);
        });
    }

    private static IEnumerable<(string What, string Name, string Difference)> Differences(NodeProject left, NodeProject right)
    {
        var (mine, others) = (left.Groups([]), right.Groups([]));
        var names = mine.Concat(others).Select(group => group.Name).Distinct();
        foreach (var name in names)
        {
            var (one, other) = (mine.FirstOrDefault(each => each.Name == name), others.FirstOrDefault(each => each.Name == name));
            if (one is null || other is null)
            {
                yield return ("group", name, one is null ? "only in the second" : "only in the first");
                continue;
            }

            foreach (var attribute in one.Attributes.Properties().Concat(other.Attributes.Properties()).Select(each =>
                each.Name).Distinct())
            {
                if (!JToken.DeepEquals(one.Attributes[attribute], other.Attributes[attribute]))
                {
                    yield return ("group", $"{name}.{attribute}",
                        $"{Shown(one.Attributes[attribute])} -> {Shown(other.Attributes[attribute])}");
                }
            }
        }

        var (first, second) = (Resources(left, mine), Resources(right, others));
        foreach (var (resource, what) in EnvironmentDifferences.Of(first, second))
        {
            yield return (ResourceWords.Key(resource.Kind), resource.Key, what);
        }
    }

    // A group's own are told with its attributes.
    private static ImmutableArray<Resource> Resources(NodeProject project, IReadOnlyList<NodeGroup> groups) =>
    [
        .. DesiredResources.Of(project.Resources, groups)
            .Where(resource => resource.Kind < ResourceKind.Policy || (resource.Kind == ResourceKind.Alarm && resource.Parent is null)),
    ];

    private static string Shown(JToken? value) => value is null ? "none" : value.ToString(Formatting.None);
}
