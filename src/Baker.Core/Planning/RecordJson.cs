using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>Reads what Baker keeps as JSON: a text that looks like a date stays a text.</summary>
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
}
