using System.Text.Json;
using System.Text.Json.Serialization;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>
/// Keeps an SDK class in a resource on disk, by the codec that carries it over the wire. Such values are never changed in
/// place.
/// </summary>
internal abstract class WireConverter<T>(Action<ShapeCodec, T> members) : JsonConverter<T>
    where T : class, new()
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        var value = new T();
        members(new JsonReaderCodec(json.RootElement), value);
        return value;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        members(new JsonWriterCodec(writer), value);
        writer.WriteEndObject();
    }
}
