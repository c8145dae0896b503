using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.Runtime;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Writes a request or response as text, member by member, so that two can be compared and a difference read.</summary>
internal static class Described
{
    public static string Of(object value)
    {
        var text = new StringBuilder();
        Write(text, "", value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, string path, object? value)
    {
        switch (value)
        {
            case null: return;
            case string or bool or int or long or double or float: Line(text, path, Convert.ToString(value, CultureInfo.InvariantCulture)!); return;
            case DateTime time: Line(text, path, time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)); return;
            case ConstantClass constant: Line(text, path, constant.Value); return;
            case MemoryStream bytes: Line(text, path, Convert.ToHexString(bytes.ToArray())); return;
            case IDictionary map:
                foreach (DictionaryEntry entry in map)
                {
                    Write(text, $"{path}[{entry.Key}]", entry.Value);
                }

                return;
            case IList list:
                for (var i = 0; i < list.Count; i++)
                {
                    Write(text, $"{path}[{i}]", list[i]);
                }

                return;
        }

        Line(text, path, value.GetType().Name);
        foreach (var member in Filler.Members(value.GetType()).OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            Write(text, $"{path}.{member.Name}", member.GetValue(value));
        }
    }

    /// <summary>The same as JSON: structures and maps as objects, times as ISO 8601.</summary>
    public static JsonNode? Tree(object value) => value switch
    {
        string text => text,
        bool flag => flag,
        int number => number,
        long number => number,
        double number => number,
        DateTime time => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        ConstantClass constant => constant.Value,
        MemoryStream bytes => Convert.ToBase64String(bytes.ToArray()),
        IDictionary map => new JsonObject(map.Keys.Cast<string>().Select(key => KeyValuePair.Create(key, Tree(map[key]!)))),
        IList list => new JsonArray([.. list.Cast<object>().Select(Tree)]),
        _ => new JsonObject(Filler.Members(value.GetType())
            .Where(each => each.GetValue(value) is not null)
            .Select(each => KeyValuePair.Create(each.Name, Tree(each.GetValue(value)!)))),
    };

    private static void Line(StringBuilder text, string path, string value) => text.Append(path).Append(" = ").Append(value).Append('\n');
}
