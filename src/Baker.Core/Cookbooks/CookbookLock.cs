using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Cookbooks;

/// <summary>
/// What <c>Policyfile.lock.json</c> or <c>Berksfile.lock</c> settled: which cookbooks, which versions, what depends on what.
/// </summary>
/// <param name="File">The lock's name.</param>
/// <param name="Vendoring">The command that puts its cookbooks into a folder.</param>
public sealed partial record CookbookLock(string File, string Vendoring, ImmutableDictionary<string, CookbookMetadata> Cookbooks)
{
    public const string Policyfile = "Policyfile.lock.json";
    public const string Berksfile = "Berksfile.lock";

    /// <exception cref="JsonException">It is no JSON, or no lock.</exception>
    public static CookbookLock OfPolicyfile(string text, string folder)
    {
        var root = JObject.Parse(text);
        var dependencies = ((root["solution_dependencies"] as JObject)?["dependencies"] as JObject)?.Properties()
            .GroupBy(property => property.Name.Split(' ')[0], StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group
                    .SelectMany(property => (property.Value as JArray ?? []).OfType<JArray>())
                    .Select(pair => (pair.First as JValue)?.Value as string)
                    .OfType<string>()
                    .ToImmutableArray(),
                StringComparer.Ordinal) ?? [];
        var locks = (root["cookbook_locks"] as JObject)?.Properties() ?? throw new JsonException("it has no object cookbook_locks");
        return new CookbookLock(
            Policyfile,
            $"chef export {folder}",
            locks.ToImmutableDictionary(
                property => property.Name,
                property => new CookbookMetadata(
                    property.Name,
                    ((property.Value as JObject)?["version"] as JValue)?.Value as string,
                    dependencies.GetValueOrDefault(property.Name, [])),
                StringComparer.Ordinal));
    }

    public static CookbookLock OfBerksfile(string text, string folder)
    {
        var cookbooks = new Dictionary<string, CookbookMetadata>(StringComparer.Ordinal);
        var isGraph = false;
        CookbookMetadata? last = null;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd()))
        {
            isGraph = line is ['G' or 'D', ..] ? line == "GRAPH" : isGraph;
            if (!isGraph || Entry().Match(line) is not { Success: true } entry)
            {
                continue;
            }

            var name = entry.Groups["name"].Value;
            if (entry.Groups["indent"].Length > 2)
            {
                last = last is null ? null : last with { Dependencies = last.Dependencies!.Value.Add(name) };
            }
            else
            {
                last = new CookbookMetadata(name, entry.Groups["version"].Value, []);
            }

            if (last is not null)
            {
                cookbooks[last.Name!] = last;
            }
        }

        return new CookbookLock(
            Berksfile,
            $"berks vendor {folder}",
            cookbooks.ToImmutableDictionary(StringComparer.Ordinal));
    }

    [GeneratedRegex("""^(?<indent> +)(?<name>[\w.-]+)(?: \((?<version>[^)]*)\))?$""")]
    private static partial Regex Entry();
}
