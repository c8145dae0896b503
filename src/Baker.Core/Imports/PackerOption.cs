using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>A value of a Packer template, and where it stands.</summary>
/// <param name="Path">As <c>builders[0].region</c>.</param>
/// <param name="Place">As <c>packer.json:12</c>.</param>
internal sealed record PackerOption(string Name, string Path, string Place, JToken Value)
{
    public static PackerOption Of(string file, string name, string path, JToken value) =>
        new(name, path, value is IJsonLineInfo line && line.HasLineInfo() ? $"{file}:{line.LineNumber}" : file, value);

    /// <summary>The options inside, without comments.</summary>
    public IEnumerable<PackerOption> Options() => ((Value as JObject)?.Properties() ?? [])
        .Where(each => !each.Name.StartsWith('_'))
        .Select(each => Of(File, each.Name, $"{Path}.{each.Name}", each.Value));

    /// <summary>The items of a list.</summary>
    public IEnumerable<PackerOption> Items() => ((Value as JArray)?.Children() ?? Enumerable.Empty<JToken>())
        .Select((item, index) => Of(File, Name, $"{Path}[{index}]", item));

    private string File => Place.LastIndexOf(':') is > 0 and var at ? Place[..at] : Place;
}
