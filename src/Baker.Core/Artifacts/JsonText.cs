using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>
/// Writes the manifest's values as JSON: 4-space indent, numbers as they were spelt, strings as Python and JavaScript
/// escape them.
/// </summary>
internal static class JsonText
{
    public static void Append(ArtifactBuffer json, ManifestValue value, int level)
    {
        switch (value.Kind)
        {
            case ValueKind.String:
                AppendString(json, value);
                break;
            case ValueKind.Array:
                var items = new Sequence(json, '[', ']', level);
                foreach (var item in value.Items)
                {
                    items.Next();
                    Append(json, item, level + 1);
                }

                items.End();
                break;
            case ValueKind.Object:
                var properties = new Sequence(json, '{', '}', level);
                foreach (var (name, property) in value.Properties)
                {
                    properties.Next();
                    AppendProperty(json, name, property, level + 1);
                }

                properties.End();
                break;
            default:
                json.Append(value.Raw);
                break;
        }
    }

    /// <summary>What holds of a merged attribute.</summary>
    public static void Append(ArtifactBuffer json, MergedAttribute attribute, int level)
    {
        if (!attribute.IsMerged)
        {
            Append(json, attribute.Winner, level);
            return;
        }

        if (attribute.Kind == ValueKind.Array)
        {
            var items = new Sequence(json, '[', ']', level);
            foreach (var item in attribute.Items)
            {
                items.Next();
                Append(json, item.Value, level + 1);
            }

            items.End();
            return;
        }

        var properties = new Sequence(json, '{', '}', level);
        foreach (var property in attribute.Properties)
        {
            properties.Next();
            AppendProperty(json, property.Name, property.Value, level + 1);
        }

        properties.End();
    }

    /// <summary>On one line, without spaces that mean nothing.</summary>
    public static void AppendCompact(ArtifactBuffer json, ManifestValue value)
    {
        var separator = "";
        switch (value.Kind)
        {
            case ValueKind.Array:
                json.Append("["u8);
                foreach (var item in value.Items)
                {
                    json.Append(separator);
                    AppendCompact(json, item);
                    separator = ", ";
                }

                json.Append("]"u8);
                break;
            case ValueKind.Object:
                json.Append("{"u8);
                foreach (var (name, property) in value.Properties)
                {
                    json.Append(separator);
                    AppendString(json, name);
                    json.Append(": "u8);
                    AppendCompact(json, property);
                    separator = ", ";
                }

                json.Append("}"u8);
                break;
            default:
                Append(json, value, 0);
                break;
        }
    }

    public static void AppendProperty(ArtifactBuffer json, ManifestValue name, ManifestValue value, int level)
    {
        AppendString(json, name);
        json.Append(": "u8);
        Append(json, value, level);
    }

    public static void AppendString(ArtifactBuffer json, ManifestValue value)
    {
        if (!value.IsPlain)
        {
            AppendText(json, value.Text);
            return;
        }

        json.Append((byte)'"');
        json.Append(value.Raw);
        json.Append((byte)'"');
    }

    public static void AppendText(ArtifactBuffer json, string text)
    {
        var quoted = new StringBuilder(text.Length + 2);
        StringEscapes.AppendQuoted(quoted, text);
        json.Append(quoted.ToString());
    }

    /// <summary>The brackets, commas and line breaks around the items of a list or an object; an empty one stays on its line.</summary>
    internal struct Sequence(ArtifactBuffer json, char open, char close, int level)
    {
        private bool _started;

        public void Next()
        {
            json.Append((byte)(_started ? ',' : open));
            json.BreakLine(level + 1);
            _started = true;
        }

        public readonly void End()
        {
            if (_started)
            {
                json.BreakLine(level);
            }
            else
            {
                json.Append((byte)open);
            }

            json.Append((byte)close);
        }
    }
}
