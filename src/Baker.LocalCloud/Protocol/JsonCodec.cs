using System.Text.Json;
using Amazon.Runtime;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>The JSON protocols: an object in, an object out, the action in a header.</summary>
internal sealed class JsonCodec(ServiceModel model) : ServiceCodec(model)
{
    public override string ContentType => $"application/x-amz-json-{Model.JsonVersion}";

    public override byte[] EncodeError(string code, string message, int status, string requestId) => Object(json =>
    {
        json.WriteString("__type", code);
        json.WriteString("message", message);
    });

    public override IEnumerable<KeyValuePair<string, string>> ErrorHeaders(string code, int status, string requestId) =>
        [
            .. Headers(requestId),
            new("x-amzn-ErrorType", code),
            new("x-amzn-query-error", $"{code};{(status >= 500 ? "Receiver" : "Sender")}"),
        ];

    private protected override AmazonWebServiceRequest Decode(Operation operation, ReadOnlyMemory<byte> body)
    {
        try
        {
            body = body.IsEmpty ? "{}"u8.ToArray() : body;
            RequestSize.Check(body.Span);
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new WireException("SerializationException", "The request must be an object.");
            }

            RequiredMember.CheckAll("ValidationException", operation, json.RootElement);
            PageSize.Check("ValidationException", json.RootElement);
            return operation.Read(new JsonReaderCodec(json.RootElement));
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException)
        {
            throw new WireException("SerializationException", broken.Message);
        }
    }

    private protected override ReplyBytes Write(Operation operation, AmazonWebServiceResponse response, string requestId) =>
        new(Object(json => operation.Write(new JsonWriterCodec(json), response)));

    private static byte[] Object(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
