using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>The manifest's values as templates see them: scalars, lists and objects of Scriban's own, which cannot be written to.</summary>
internal static class TemplateValues
{
    public static object? Of(MergedAttribute attribute) => attribute.Kind switch
    {
        ValueKind.Array => List(attribute.Items.Select(item => Of(item.Value))),
        ValueKind.Object => Object(attribute.Properties.Select(property => KeyValuePair.Create(property.Name.Text, Of(property.Value)))),
        _ => Of(attribute.Winner),
    };

    /// <summary>All attributes of a group, by name.</summary>
    public static ScriptObject Of(MergedGroup group) =>
        Object(group.Attributes.Select(attribute => KeyValuePair.Create(attribute.Name.Text, Of(attribute))));

    private static object? Of(ManifestValue value)
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                return null;
            case ValueKind.String:
                return value.Text;
            case ValueKind.Array:
                var list = new ScriptArray();
                foreach (var item in value.Items)
                {
                    list.Add(Of(item));
                }

                list.IsReadOnly = true;
                return list;
            case ValueKind.Object:
                var result = new ScriptObject();
                foreach (var (name, property) in value.Properties)
                {
                    result[name.Text] = Of(property);
                }

                result.IsReadOnly = true;
                return result;
            default:
                return JsonTokens.Of(value) switch
                {
                    JRaw raw => new SpeltNumber((string)raw.Value!),
                    JValue scalar => scalar.Value,
                    _ => throw new InvalidOperationException(value.Spelling),
                };
        }
    }

    public static ScriptArray List(IEnumerable<object?> items)
    {
        var list = new ScriptArray();
        foreach (var item in items)
        {
            list.Add(item);
        }

        list.IsReadOnly = true;
        return list;
    }

    public static ScriptObject Object(IEnumerable<KeyValuePair<string, object?>> properties)
    {
        var result = new ScriptObject();
        foreach (var (name, value) in properties)
        {
            result[name] = value;
        }

        result.IsReadOnly = true;
        return result;
    }
}
