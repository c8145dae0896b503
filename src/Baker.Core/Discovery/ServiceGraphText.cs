using System.Globalization;
using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Discovery;

/// <summary>Prints who needs whom: for people, for Graphviz, for programs. All names in it are of a shape that needs no escaping.</summary>
public static class ServiceGraphText
{
    public static string Text(ServiceGraph graph)
    {
        var text = new StringBuilder();
        foreach (var group in graph.Groups)
        {
            text.Append(group.Name).Append('\n');
            foreach (var service in group.Provides)
            {
                text.Append("  provides ").Append(service.Name).Append(Details(service)).Append('\n');
            }

            foreach (var need in group.Needs)
            {
                var providers = string.Join(", ", graph.ProvidersFor(group, need).Select(each => each.Name));
                text.Append("  needs ").Append(need.Name).Append(need.IsOptional ? " (optional)" : "")
                    .Append(providers.Length == 0 ? ", which no group provides" : $" of {providers}").Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Groups are boxes and services ellipses. Optional needs are dashed; what no group provides is dotted.</summary>
    public static string Dot(ServiceGraph graph)
    {
        var text = new StringBuilder("digraph services {\n    rankdir=LR;\n");
        foreach (var group in graph.Groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"    \"group {group.Name}\" [shape=box, label=\"{group.Name}\"];\n");
        }

        foreach (var service in graph.Services)
        {
            var style = graph.ProvidersOf(service).Any() ? "" : ", style=dotted";
            text.Append(CultureInfo.InvariantCulture, $"    \"service {service}\" [shape=ellipse, label=\"{service}\"{style}];\n");
        }

        foreach (var group in graph.Groups)
        {
            foreach (var need in group.Needs)
            {
                var style = need.IsOptional ? " [style=dashed]" : "";
                text.Append(CultureInfo.InvariantCulture, $"    \"group {group.Name}\" -> \"service {need.Name}\"{style};\n");
            }

            foreach (var service in group.Provides)
            {
                text.Append(CultureInfo.InvariantCulture, $"    \"service {service.Name}\" -> \"group {group.Name}\" [arrowhead=none];\n");
            }
        }

        return text.Append("}\n").ToString();
    }

    public static JObject Json(ServiceGraph graph, EnvironmentName? environment) => new()
    {
        ["environment"] = environment?.ToString(),
        ["groups"] = new JArray(graph.Groups.Select(group => new JObject
        {
            ["group"] = group.Name.ToString(),
            ["region"] = group.Region,
            ["provides"] = new JArray(group.Provides.Select(service => new JObject
            {
                ["service"] = service.Name.ToString(),
                ["port"] = service.Port,
                ["check"] = service.Check,
                ["run_list_item"] = service.RunListItem,
            })),
            ["needs"] = new JArray(group.Needs.Select(need => new JObject
            {
                ["service"] = need.Name.ToString(),
                ["optional"] = need.IsOptional,
                ["providers"] = Names(graph.ProvidersFor(group, need)),
            })),
        })),
        ["services"] = new JArray(graph.Services.Select(service => new JObject
        {
            ["service"] = service.ToString(),
            ["providers"] = Names(graph.ProvidersOf(service)),
            ["needed_by"] = Names(graph.NeedersOf(service).Select(each => each.Group)),
        })),
    };

    private static JArray Names(IEnumerable<ServiceGroup> groups) => new(groups.Select(group => group.Name.ToString()));

    private static string Details(ProvidedService service)
    {
        var details = new List<string>();
        if (service.Port is { } port)
        {
            details.Add(string.Create(CultureInfo.InvariantCulture, $"port {port}"));
        }

        if (service.Check is { } check)
        {
            details.Add($"check {check}");
        }

        if (service.RunListItem is { } item)
        {
            details.Add(item);
        }

        return details.Count == 0 ? "" : $" ({string.Join(", ", details)})";
    }
}
