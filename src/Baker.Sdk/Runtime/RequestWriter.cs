using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Turns a request object into the HTTP request of its protocol.</summary>
internal sealed class RequestWriter<TRequest>(ServiceWire wire, string operation, Action<ShapeCodec, TRequest> members)
    : IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonWebServiceRequest
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, wire.ServiceId) { HttpMethod = "POST", ResourcePath = "/" };
        if (wire.Protocol == "json")
        {
            Json(request, (TRequest)input);
        }
        else
        {
            // Content stays null: the pipeline writes the parameters, signs them and sets the content type.
            request.Parameters["Action"] = operation;
            request.Parameters["Version"] = wire.Version;
            members(new QueryWriter(request.Parameters, wire.Protocol == "ec2"), (TRequest)input);
        }

        return request;
    }

    private void Json(DefaultRequest request, TRequest input)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            members(new JsonRequestWriter(json), input);
            json.WriteEndObject();
        }

        request.Content = body.ToArray();
        request.Headers["X-Amz-Target"] = $"{wire.Target}.{operation}";
        request.Headers["Content-Type"] = $"application/x-amz-json-{wire.JsonVersion}";
    }
}
