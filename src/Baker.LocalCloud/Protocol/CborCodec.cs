using System.Text.Json;
using Amazon.Runtime;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>The smithy-rpc-v2-cbor protocol, which newer SDKs choose for CloudWatch.</summary>
internal sealed class CborCodec(ServiceModel model) : ServiceCodec(model)
{
    public override string ContentType => "application/cbor";

    public override byte[] EncodeError(string code, string message, int status, string requestId) => CborWriterCodec.Object(cbor =>
    {
        cbor.Text("__type", code);
        cbor.Text("message", message);
    });

    public override IEnumerable<KeyValuePair<string, string>> Headers(string requestId) =>
        [.. base.Headers(requestId), new("smithy-protocol", "rpc-v2-cbor")];

    public override IEnumerable<KeyValuePair<string, string>> ErrorHeaders(string code, int status, string requestId) =>
        [.. Headers(requestId), new("x-amzn-query-error", $"{code};{(status >= 500 ? "Receiver" : "Sender")}")];

    private protected override AmazonWebServiceRequest Decode(Operation operation, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body.IsEmpty ? "{}"u8.ToArray() : CborToJson.Convert(body));
            RequiredMember.CheckAll("ValidationError", operation, json.RootElement);
            PageSize.Check("ValidationError", json.RootElement);
            return operation.Read(new JsonReaderCodec(json.RootElement));
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new WireException("SerializationException", broken.Message);
        }
    }

    private protected override ReplyBytes Write(Operation operation, AmazonWebServiceResponse response, string requestId) =>
        new(CborWriterCodec.Object(cbor => operation.Write(cbor, response)));
}
