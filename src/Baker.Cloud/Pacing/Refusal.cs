using System.Net;
using Amazon.Runtime;

namespace Baker.Cloud.Pacing;

/// <summary>What a failed call's error means for trying it again.</summary>
internal static class Refusal
{
    private static readonly HashSet<string> s_throttles = new(StringComparer.Ordinal)
    {
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete",
    };

    /// <summary>The account's rate was exceeded: the call did nothing and may always be sent again.</summary>
    public static bool IsThrottle(Exception error) =>
        error is AmazonServiceException service
        && (s_throttles.Contains(service.ErrorCode ?? "") || service.StatusCode == HttpStatusCode.TooManyRequests);

    /// <summary>The reply was lost or the service stumbled: the call may have been carried out.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        AmazonServiceException service =>
            service.StatusCode >= HttpStatusCode.InternalServerError || service.InnerException is HttpRequestException or IOException,
        AmazonClientException client => client.InnerException is HttpRequestException or IOException or TimeoutException,
        HttpRequestException or IOException or TimeoutException => true,
        _ => false,
    };
}
