using System.Text.Json;

namespace Baker.LocalCloud.Protocol;

/// <summary>How many values one request may hold, in any protocol: decoding it holds up others that call at the same time.</summary>
internal static class RequestSize
{
    /// <summary>More than any action of these services takes in the megabyte that a request may have.</summary>
    public const int MostValues = 20_000;

    /// <exception cref="WireException">There are more.</exception>
    public static void Check(int values)
    {
        if (values > MostValues)
        {
            throw new WireException("RequestEntityTooLarge", $"The request holds more than {MostValues} values.");
        }
    }

    /// <exception cref="WireException">There are more in the document.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void Check(ReadOnlySpan<byte> json)
    {
        var values = 0;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            values += reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndArray or JsonTokenType.EndObject ? 0 : 1;
            Check(values);
        }
    }
}
