using System.Collections.Immutable;
using System.Text;

namespace Baker.Core.Manifest;

/// <summary>
/// The recipes by which a node's Chef run looks services up, takes back those that its group provides no more, and announces the
/// others: items of run lists that no manifest spells, in the order in which they run.
/// </summary>
internal sealed class ServiceRecipes
{
    private const string Lists = """
        {
            "run_list": [["recipe[baker-services::collect-services]"], ["recipe[baker-services::decommission-services]"]],
            "post_run_list": [["recipe[baker-services::notify-services]"]]
        }
        """;

    /// <param name="place">Where the settings ask for them.</param>
    public ServiceRecipes(Position place)
    {
        var text = new SourceText("", Encoding.UTF8.GetBytes(Lists)) { Place = place };
        var all = ImmutableArray.CreateBuilder<(string, ManifestValue, ManifestValue)>();
        var parsed = ValueParser.Parse(new ValueTape(text), 0, text.Length, new DiagnosticBag(text))!.Value;
        foreach (var (attribute, lists) in parsed.Properties)
        {
            foreach (var list in lists.Items)
            {
                all.Add((Names[all.Count], attribute, list));
            }
        }

        All = all.ToImmutable();
    }

    /// <summary>What they are called in whatever cookbook.</summary>
    public static ImmutableArray<string> Names { get; } = ["collect-services", "decommission-services", "notify-services"];

    /// <summary>Each with the attribute that it belongs to, and as a list of one.</summary>
    public ImmutableArray<(string Name, ManifestValue Attribute, ManifestValue List)> All { get; }
}
