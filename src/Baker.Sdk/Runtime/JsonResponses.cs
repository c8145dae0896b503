using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Reads the responses and errors of the JSON protocol.</summary>
internal sealed class JsonResponses<TResponse>(ServiceWire wire, Action<ShapeCodec, TResponse> members) : JsonResponseUnmarshaller
    where TResponse : AmazonWebServiceResponse, new()
{
    private const string RequestId = "x-amzn-RequestId";

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        var response = new TResponse();
        using (var json = Read(input))
        {
            members(new JsonReaderCodec(json.RootElement), response);
        }

        response.ResponseMetadata = new ResponseMetadata { RequestId = input.ResponseData.GetHeaderValue(RequestId) };
        return response;
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input,
        Exception innerException,
        HttpStatusCode statusCode)
    {
        using var json = Read(input);
        var codec = new JsonReaderCodec(json.RootElement);
        var code = input.ResponseData.GetHeaderValue("x-amzn-ErrorType") is { Length: > 0 } header ? header : codec.Text("__type", null);
        var error = new ErrorResponse
        {
            // The name may stand between a namespace and an address: com.amazonaws.acm#ResourceNotFoundException:http://...
            Code = code?.Split('#')[^1].Split(':')[0],
            Message = codec.Text("message", null) ?? codec.Text("Message", null),
            RequestId = input.ResponseData.GetHeaderValue(RequestId),
            Type = (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
        };
        return wire.Error(error, innerException, statusCode);
    }

    private static JsonDocument Read(JsonUnmarshallerContext input)
    {
        using var bytes = new MemoryStream();
        input.Stream.CopyTo(bytes);
        return JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes.ToArray());
    }
}
