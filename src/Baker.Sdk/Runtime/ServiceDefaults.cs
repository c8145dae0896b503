using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace Baker.Sdk.Runtime;

/// <summary>What every generated client shares: timeouts by mode, user agent, pipeline.</summary>
internal static class ServiceDefaults
{
    /// <summary>One configuration for each mode that AWS_DEFAULTS_MODE can name.</summary>
    public static readonly IReadOnlyList<IDefaultConfiguration> Configurations =
    [
        Of(DefaultConfigurationMode.Standard, 3100),
        Of(DefaultConfigurationMode.InRegion, 1100),
        Of(DefaultConfigurationMode.CrossRegion, 3100),
        Of(DefaultConfigurationMode.Mobile, 30000),
        Of(DefaultConfigurationMode.Auto, 1100),
    ];

    public static string UserAgent(string serviceId) => InternalSDKUtils.BuildUserAgentString(serviceId, "4.0.100.0");

    /// <summary>Puts endpoint and signature resolution where the official clients have theirs.</summary>
    public static void Customize(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new ServiceEndpointResolver());
        pipeline.AddHandlerAfter<ServiceEndpointResolver>(new ServiceAuthResolver());
    }

    private static DefaultConfiguration Of(DefaultConfigurationMode mode, int connectMilliseconds) => new()
    {
        Name = mode,
        RetryMode = RequestRetryMode.Standard,
        ConnectTimeout = TimeSpan.FromMilliseconds(connectMilliseconds),
        TlsNegotiationTimeout = TimeSpan.FromMilliseconds(connectMilliseconds),
    };
}
