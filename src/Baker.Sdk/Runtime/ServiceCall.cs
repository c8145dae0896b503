using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>One operation: how its request is written and its response read.</summary>
internal sealed class ServiceCall<TRequest, TResponse> : InvokeOptions
    where TRequest : AmazonWebServiceRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    public ServiceCall(
        ServiceWire wire,
        string name,
        string wrapper,
        Action<ShapeCodec, TRequest> request,
        Action<ShapeCodec, TResponse> response)
    {
        RequestMarshaller = new RequestWriter<TRequest>(wire, name, request);
        ResponseUnmarshaller = wire.Target is null
            ? new XmlResponses<TResponse>(wire, wrapper, response)
            : new JsonResponses<TResponse>(wire, response);
    }
}
