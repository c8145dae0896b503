using Amazon.Runtime;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Serves a client from a handler in the same process.</summary>
internal sealed class InProcess(HttpMessageHandler handler) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
}
