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
    public static string OfFleet(NodeGroup group) => Of(group.Name, group);

    /// <summary><c>dna/&lt;group&gt;-&lt;instance-id&gt;.json</c>: what one instance outside any fleet runs.</summary>
    public static string OfInstance(NodeGroup group, string instanceId) => Of($"{group.Name}-{instanceId}", group);

    private static string Of(string id, NodeGroup group)
    {
        var dna = new JObject { ["id"] = id, ["run_list"] = new JArray($"role[{RoleName.Of(group.Name)}]") };
        if (group.Environment is { } environment)
        {
            dna["chef_environment"] = environment.ChefName;
            dna["environment"] = environment.ToString();
        }

        foreach (var attribute in group.Dna?.Properties() ?? [])
        {
            dna[attribute.Name] = attribute.Value;
        }

        using var text = new StringWriter { NewLine = "\n" };
        using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 4, CloseOutput = false })
        {
            dna.WriteTo(writer);
        }

        return text + "\n";
    }
}
