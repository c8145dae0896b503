using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Reads the responses and errors of the JSON 1.1 protocol.</summary>
internal sealed class JsonResponses<TResponse>(ServiceWire wire, Action<ShapeCodec, TResponse> members) : JsonResponseUnmarshaller
    where TResponse : AmazonWebServiceResponse, new()
{
    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        using var body = new MemoryStream();
        input.Stream.CopyTo(body);
        var response = new TResponse();
        if (body.Length > 0)
        {
            using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            members(new JsonReaderCodec(json.RootElement), response);
        }

        return response;
    }

    public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var reader = new StreamingUtf8JsonReader(input.Stream);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        return wire.Error(error, innerException, statusCode);
    }
}
