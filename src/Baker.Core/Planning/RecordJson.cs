using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>What Baker keeps as JSON: a text that looks like a date stays a text.</summary>
public static class RecordJson
{
    /// <exception cref="JsonException">The text is not one JSON object.</exception>
    public static JObject Parse(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        var json = JObject.Load(reader);
        while (reader.Read())
        {
            // Comments may follow; anything else throws.
        }

        return json;
    }

    /// <summary>On one line, for a parameter of SSM, which would take two braces for a nested reference.</summary>
    public static string ToText(JObject json) =>
        json.ToString(Formatting.None).Replace("{{", "{\\u007b", StringComparison.Ordinal);
}
