using System.Collections;
using System.Globalization;
using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>What the template helper <c>json</c> writes: a value of the template's context as JSON.</summary>
internal static class ValueJson
{
    public static string Of(object? value)
    {
        var json = new StringBuilder();
        Append(json, value);
        return json.ToString();
    }

    private static void Append(StringBuilder json, object? value)
    {
        switch (value)
        {
            case null:
                json.Append("null");
                break;
            case bool flag:
                json.Append(flag ? "true" : "false");
                break;
            case string text:
                StringEscapes.AppendQuoted(json, text);
                break;
            case IDictionary<string, object?> properties:
                Join(json, '{', '}', properties, property =>
                {
                    StringEscapes.AppendQuoted(json, property.Key);
                    json.Append(": ");
                    Append(json, property.Value);
                });
                break;
            case IEnumerable items:
                Join(json, '[', ']', items.Cast<object?>(), item => Append(json, item));
                break;
            default:
                json.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void Join<T>(StringBuilder json, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        json.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            json.Append(separator);
            append(item);
            separator = ", ";
        }

        json.Append(close);
    }
}
