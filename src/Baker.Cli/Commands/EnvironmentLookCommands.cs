using System.Collections.Immutable;
using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
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
            var status = await EnvironmentStatus.ReadAsync(session, fleet).ConfigureAwait(false);
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(status.ToJson().Indented());
            }
            else
            {
                status.Write(session.Terminal.Out, fleet.Project.Manifest.Source.Name, session.Terminal.Columns);
            }

            return status.IsHealthy ? ExitCode.Done : ExitCode.TimedOut;
        }, environment: name.Value));
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
            if (second.Value is null)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"environment:diff compares two environments, and {(first.Value is null ? "none" : "only one")} is named.",
                    "Name both: environment:diff staging production.");
            }

            var (left, right) = (manifest.Load(session, first.Value), manifest.Load(session, second.Value));
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
