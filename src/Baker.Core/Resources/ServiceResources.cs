using Baker.Core.Discovery;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>What groups provide and need, for their nodes, as a parameter in each group's region.</summary>
public static class ServiceResources
{
    internal static IEnumerable<Resource> Of(IEnumerable<NodeGroup> groups) => groups
        .Where(NodeServices.TakesPart)
        .Select(group => Of(group.Name, group.Region, NodeServices.Text(group)));

    /// <summary>The resource that such a parameter is.</summary>
    public static Resource Of(string group, string region, string text) => new(ResourceKind.Services, group, region, group)
    {
        Values = Resource.Empty.SetItem("text", text),
    };

    /// <summary>What of such a parameter is otherwise, member by member.</summary>
    internal static IReadOnlyList<Difference> Differences(Resource found, Resource wanted)
    {
        var (from, to) = (found["text"], wanted["text"]);
        if (from == to)
        {
            return [];
        }

        try
        {
            List<Difference> members = [.. Members("", JToken.Parse(from), JToken.Parse(to))];
            return members.Count > 0 ? members : [new("its JSON", "otherwise written", "as it is written now")];
        }
        catch (JsonException)
        {
            return [new("its text", "no JSON", "what nodes read")];
        }
    }

    private static IEnumerable<Difference> Members(string path, JToken? from, JToken? to) => (from, to) switch
    {
        (JObject before, JObject after) => before.Properties().Concat(after.Properties())
            .Select(member => member.Name)
            .Distinct()
            .SelectMany(name => Members(path.Length == 0 ? name : $"{path}.{name}", before[name], after[name])),
        _ when JToken.DeepEquals(from, to) => [],
        _ => [new(path, Text(from), Text(to))],
    };

    private static string Text(JToken? value) => value switch
    {
        null or { Type: JTokenType.Null } => "",
        { Type: JTokenType.String } => (string)value!,
        _ => value.ToString(Formatting.None),
    };
}
