using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>A merged group as JSON, for people and scripts to read.</summary>
public static class GroupText
{
    public static string Of(MergedGroup group)
    {
        var json = new ArtifactBuffer();
        var attributes = new JsonText.Sequence(json, '{', '}', 0);
        foreach (var attribute in group.Attributes)
        {
            attributes.Next();
            JsonText.AppendString(json, attribute.Name);
            json.Append(": "u8);
            JsonText.Append(json, attribute, 1);
        }

        attributes.End();
        json.Append((byte)'\n');
        return Encoding.UTF8.GetString(json.Written);
    }

    /// <summary>A value as compact JSON.</summary>
    public static string OneLine(ManifestValue value)
    {
        var json = new ArtifactBuffer();
        JsonText.AppendCompact(json, value);
        return Encoding.UTF8.GetString(json.Written);
    }
}
