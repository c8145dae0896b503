using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Serving;

/// <summary>What is new between two looks, so that one fleet's news is not all fleets'.</summary>
internal static class ConsoleNews
{
    private const string Fleets = "fleets";

    /// <summary>
    /// As JSON on one line: members that are to be <c>set</c>, those that are <c>gone</c>, and, where the groups are the same as before,
    /// those of the <c>fleets</c> that differ.
    /// </summary>
    public static string Between(string before, string after)
    {
        var (old, now) = (RecordJson.Parse(before), RecordJson.Parse(after));
        var (set, fleets) = (new JObject(), new JArray());
        foreach (var (name, value) in now)
        {
            if (name == Fleets && value is JArray reports && old[name] is JArray known && GroupsOf(known).SequenceEqual(GroupsOf(reports)))
            {
                fleets = new JArray(reports.Where((report, at) => !JToken.DeepEquals(report, known[at])));
            }
            else if (!JToken.DeepEquals(old[name], value))
            {
                set[name] = value;
            }
        }

        var gone = new JArray(old.Properties().Select(member => member.Name).Where(name => !now.ContainsKey(name)));
        return new JObject { ["set"] = set, ["gone"] = gone, [Fleets] = fleets }.ToString(Formatting.None);
    }

    private static IEnumerable<string?> GroupsOf(JArray reports) => reports.Select(report => (string?)report["group"]);
}
