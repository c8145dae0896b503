using Amazon.Runtime;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>An operation with its request and response classes.</summary>
internal sealed record Operation<TRequest, TResponse>(
    string Name,
    string Wrapper,
    string Required,
    Action<ShapeCodec, TRequest> Request,
    Action<ShapeCodec, TResponse> Response) : Operation(Name, Wrapper, Required)
    where TRequest : AmazonWebServiceRequest, new()
    where TResponse : AmazonWebServiceResponse
{
    public override AmazonWebServiceRequest Read(ShapeCodec codec)
    {
        var request = new TRequest();
        Request(codec, request);
        return request;
    }

    public override void Write(ShapeCodec codec, AmazonWebServiceResponse response) => Response(codec, (TResponse)response);
}
