using Baker.Core.Merging;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>The tags of an image that Packer makes: those by which Baker finds it, then the group's own.</summary>
public static class PackerTags
{
    /// <summary>The hash of the template that Packer follows, so that another one makes another image.</summary>
    public const string Template = "baker:template";

    internal static ScriptObject Of(NodeGroup group, IEnumerable<KeyValuePair<string, string>> own, PackerLayout layout) =>
        TemplateValues.Object(All(group, layout).Concat(
            own.Select(tag => KeyValuePair.Create(PackerScope.Literal(tag.Key)!, (object?)PackerScope.Literal(tag.Value)))));

    private static IEnumerable<KeyValuePair<string, object?>> All(NodeGroup group, PackerLayout layout)
    {
        yield return new("Name", group.Name.ToString());
        yield return new("group", group.Name.ToString());
        yield return new("baker:group", group.Name.ToString());
        if (group.Environment is { } environment)
        {
            yield return new(NodeTagging.Environment, environment.ToString());
            yield return new(layout.EnvironmentTag, environment.ToString());
        }

        if (layout.Format == PackerFormat.Json)
        {
            // The run and the fingerprint are given to Packer as variables; in HCL2 the template merges them in.
            yield return new("baker:run", "{{user `run`}}");
            yield return new("baker:fingerprint", "{{user `fingerprint`}}");
        }

        foreach (var (key, value) in layout.Code.Select(tree => tree.Tag))
        {
            yield return new(key, PackerScope.Literal(value));
        }

        if (layout.TemplateHash is { } hash)
        {
            yield return new(Template, hash);
        }
    }
}
