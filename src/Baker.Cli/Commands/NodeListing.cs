using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>Prints the groups, as a table or as JSON.</summary>
internal static class NodeListing
{
    public static int List(Session session, NodeProject project, bool json)
    {
        var groups = project.Groups([]);
        if (json)
        {
            session.Terminal.Out.WriteLine(new JArray(groups.Select(Summary)).Indented());
            return (int)ExitCode.Done;
        }

        if (groups.Count == 0)
        {
            session.Terminal.Error.WriteLine($"{project.Manifest.Source.Name} has no group.");
            return (int)ExitCode.Done;
        }

        session.Terminal.Out.WriteLine(TextTable.Of(
            ["GROUP", "TYPE", "FLEET", "DESCRIPTION"],
            groups.Select(group => new[]
            {
                group.Name.ToString(),
                group.InstanceTypes.FirstOrDefault("-"),
                Fleet(group),
                group.Description.ReplaceLineEndings(" "),
            }),
            session.Terminal.Columns));
        return (int)ExitCode.Done;
    }

    private static string Fleet(NodeGroup group) =>
        group.Autoscale is not { } fleet ? "-" : $"{fleet["node_min"] ?? 1}..{fleet["node_max"] ?? fleet["node_min"] ?? 1}";

    private static JObject Summary(NodeGroup group) => new()
    {
        ["name"] = group.Name.ToString(),
        ["description"] = group.Description,
        ["region"] = group.Region,
        ["instance_type"] = group.InstanceTypes.FirstOrDefault(),
        ["autoscale"] = group.Autoscale is { } fleet ? fleet.DeepClone() : false,
        ["run_list"] = new JArray(group.RunList),
        ["provision"] = new JArray(group.Provision.Select(script => script.Path)),
    };
}
