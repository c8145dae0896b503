using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>The DNA files, the JSON attributes that <c>chef-solo -j</c> starts from.</summary>
public static class DnaText
{
    /// <summary>
    /// <c>dna/asg/&lt;group&gt;.json</c>, in an environment <c>dna/&lt;environment&gt;/asg/&lt;group&gt;.json</c>: what every instance
    /// of the group's fleet runs.
    /// </summary>
    public static string OfFleet(NodeGroup group) => Text(Of(group.Name, group, datastores: null));

    /// <summary>The same on a node that runs, with the endpoints of the datastores that it uses: <c>datastores.NAME.host</c>.</summary>
    public static string OfNode(NodeGroup group, JObject? datastores) => Text(Of(group.Name, group, datastores));

    /// <summary><c>dna/&lt;group&gt;-&lt;instance-id&gt;.json</c>: what one instance outside any fleet runs.</summary>
    public static string OfInstance(NodeGroup group, string instanceId) =>
        Text(Of($"{group.Name}-{instanceId}", group, datastores: null));

    internal static JObject Of(string id, NodeGroup group, JObject? datastores)
    {
        var dna = new JObject { ["id"] = id, ["run_list"] = new JArray($"role[{RoleName.Of(group.Name)}]") };
        if (group.Environment is { } environment)
        {
            dna["chef_environment"] = environment.ChefName;
            dna["environment"] = environment.ToString();
        }

        if (datastores is not null)
        {
            dna["datastores"] = datastores;
        }

        foreach (var attribute in group.Dna?.Properties() ?? [])
        {
            dna[attribute.Name] = attribute.Value;
        }

        return dna;
    }

    private static string Text(JObject dna)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 4, CloseOutput = false })
        {
            dna.WriteTo(writer);
        }

        return text + "\n";
    }
}
