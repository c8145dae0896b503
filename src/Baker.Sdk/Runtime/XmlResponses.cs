using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using Baker.Sdk.Wire;

namespace Baker.Sdk.Runtime;

/// <summary>Reads the responses and errors of the query protocol.</summary>
internal sealed class XmlResponses<TResponse>(
    ServiceWire wire,
    string wrapper,
    Action<ShapeCodec, TResponse> members) : XmlResponseUnmarshaller
    where TResponse : AmazonWebServiceResponse, new()
{
    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input)
    {
        var root = Element.Read(input.Stream);
        var response = new TResponse();
        members(new XmlResponseReader((wrapper.Length == 0 ? null : root.Child(wrapper)) ?? root), response);
        response.ResponseMetadata = new ResponseMetadata { RequestId = root.Child("ResponseMetadata")?.Child("RequestId")?.Text };
        return response;
    }

    public override AmazonServiceException UnmarshallException(
        XmlUnmarshallerContext input,
        Exception innerException,
        HttpStatusCode statusCode)
    {
        var error = XmlErrorResponseUnmarshaller.GetInstance().Unmarshall(input);
        return wire.Error(error, innerException, statusCode);
    }
}
