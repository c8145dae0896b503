using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>Prints the groups, as a table within 80 columns or as JSON.</summary>
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

        var width = Math.Clamp(groups.Max(group => group.Name.ToString().Length), 5, 30);
        session.Terminal.Out.WriteLine($"{"GROUP".PadRight(width)}  {"TYPE",-12}  {"FLEET",-9}  DESCRIPTION");
        foreach (var group in groups)
        {
            var line =
                $"{group.Name.ToString().PadRight(width)}  {group.InstanceTypes.FirstOrDefault("-"),-12}  {Fleet(group),-9}  "
                + $"{group.Description.ReplaceLineEndings(" ")}";
            session.Terminal.Out.WriteLine(line.Length > session.Terminal.Width ? line[..(session.Terminal.Width - 1)] + "…" : line);
        }

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
