using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Turns a request object into an HTTP request of the query protocol, or of the JSON protocol.</summary>
internal sealed class RequestWriter<TRequest>(ServiceWire wire, string operation, Action<ShapeCodec, TRequest> members)
    : IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonWebServiceRequest
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, wire.ServiceId) { HttpMethod = "POST", ResourcePath = "/" };
        if (wire.Target is { } target)
        {
            request.Headers["X-Amz-Target"] = $"{target}.{operation}";
            request.Headers["Content-Type"] = $"application/x-amz-json-{wire.JsonVersion}";
            request.Content = Json((TRequest)input);
            return request;
        }

        // Content stays null: the pipeline writes the parameters, signs them and sets the content type.
        request.Parameters["Action"] = operation;
        request.Parameters["Version"] = wire.Version;
        members(new QueryWriter(request.Parameters), (TRequest)input);
        return request;
    }

    private byte[] Json(TRequest input)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(new JsonWriterCodec(json), input);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
