using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Turns a request object into an HTTP request of the query protocol.</summary>
internal sealed class RequestWriter<TRequest>(ServiceWire wire, string operation, Action<ShapeCodec, TRequest> members)
    : IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonWebServiceRequest
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, wire.ServiceId) { HttpMethod = "POST", ResourcePath = "/" };

        // Content stays null: the pipeline writes the parameters, signs them and sets the content type.
        request.Parameters["Action"] = operation;
        request.Parameters["Version"] = wire.Version;
        members(new QueryWriter(request.Parameters), (TRequest)input);
        return request;
    }
}
