using System.Text.Json;

namespace Baker.Sdk.Wire;

/// <summary>Writes a client's JSON request, with the idempotency tokens that the caller left out.</summary>
internal sealed class JsonRequestWriter(Utf8JsonWriter json) : JsonWriterCodec(json)
{
    public override string? Token(string name, string? value)
    {
        Text(name, value ?? Guid.NewGuid().ToString());
        return value;
    }
}
