using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace Baker.Sdk.Runtime;

/// <summary>Gives each request the endpoint that its client's configuration asks for.</summary>
internal sealed class ServiceEndpointResolver : BaseEndpointResolver
{
    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) =>
        ServiceEndpoints.Parameters(requestContext.ClientConfig, requestContext.Request.AlternateEndpoint);
}
