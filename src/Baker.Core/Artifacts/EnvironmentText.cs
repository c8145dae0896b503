using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>Compiles an environment as Chef's own JSON form has it: <c>environments/&lt;name&gt;.json</c>.</summary>
public static class EnvironmentText
{
    private const string Kind = "\"json_class\": \"Chef::Environment\",\n    \"chef_type\": \"environment\",\n";

    /// <summary>
    /// Its attributes are those of its <c>__base__</c>; <c>environment</c> among the default ones is its name, unless it says otherwise.
    /// </summary>
    public static string Of(ManifestEnvironment environment)
    {
        var json = new ArtifactBuffer();
        json.Append("{\n    \"name\": \""u8);
        json.Append(environment.Name.ChefName);
        json.Append("\",\n    \"description\": "u8);
        JsonText.AppendText(json, environment.Description);
        json.Append($",\n    {Kind}    \"cookbook_versions\": ");
        var versions = new JsonText.Sequence(json, '{', '}', 1);
        foreach (var (cookbook, constraint) in environment.CookbookVersions)
        {
            versions.Next();
            JsonText.AppendText(json, cookbook);
            json.Append(": "u8);
            JsonText.AppendText(json, constraint);
        }

        versions.End();
        json.Append(",\n    \"default_attributes\": "u8);
        AppendAttributes(json, environment.Base?.Find("default_attributes"u8), environment.Name);
        json.Append(",\n    \"override_attributes\": "u8);
        AppendAttributes(json, environment.Base?.Find("override_attributes"u8), null);
        json.Append("\n}\n"u8);
        return Encoding.UTF8.GetString(json.Written);
    }

    /// <summary>Whether Baker wrote that file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file) =>
        file.StartsWith("{\n    \"name\": \""u8) && file.IndexOf(Encoding.UTF8.GetBytes(Kind)) >= 0;

    private static void AppendAttributes(ArtifactBuffer json, ManifestValue? found, string? name)
    {
        var attributes = new JsonText.Sequence(json, '{', '}', 1);
        var layer = found is { Kind: ValueKind.Object } value ? value : (ManifestValue?)null;
        if (name is not null && layer?.Find("environment"u8) is null)
        {
            attributes.Next();
            json.Append("\"environment\": "u8);
            JsonText.AppendText(json, name);
        }

        if (layer is { } given)
        {
            foreach (var (key, attribute) in given.Properties)
            {
                attributes.Next();
                JsonText.AppendProperty(json, key, attribute, 2);
            }
        }

        attributes.End();
    }
}
