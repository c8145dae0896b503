using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Cookbooks;

/// <summary>What <c>metadata.json</c> or <c>metadata.rb</c> says of a cookbook.</summary>
/// <param name="Dependencies">The cookbooks that it depends on; null where Ruby works them out, which only Ruby can.</param>
public sealed partial record CookbookMetadata(string? Name, string? Version, ImmutableArray<string>? Dependencies)
{
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static CookbookMetadata OfJson(string text)
    {
        var root = JObject.Parse(text);
        return new CookbookMetadata(
            (root["name"] as JValue)?.Value as string,
            (root["version"] as JValue)?.Value as string,
            root["dependencies"] is JObject dependencies ? [.. dependencies.Properties().Select(property => property.Name)] : []);
    }

    public static CookbookMetadata OfRuby(string text)
    {
        string? name = null, version = null;
        var dependencies = ImmutableArray.CreateBuilder<string>();
        var areKnown = true;
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => !line.StartsWith('#')))
        {
            if (Literal().Match(line) is { Success: true } said)
            {
                var value = said.Groups["value"].Value;
                switch (said.Groups["word"].Value)
                {
                    case "name":
                        name ??= value;
                        break;
                    case "version":
                        version ??= value;
                        break;
                    default:
                        dependencies.Add(value);
                        areKnown &= !value.Contains("#{", StringComparison.Ordinal);
                        break;
                }
            }
            else if (Depends().IsMatch(line))
            {
                areKnown = false;
            }
        }

        return new CookbookMetadata(name, version, areKnown ? dependencies.ToImmutable() : null);
    }

    [GeneratedRegex("""^(?<word>name|version|depends)[\s(]\s*(?:"(?<value>[^"]+)"|'(?<value>[^']+)')(?![^#]*\b(?:if|unless)\b)""")]
    private static partial Regex Literal();

    [GeneratedRegex("""\bdepends\b""")]
    private static partial Regex Depends();
}
