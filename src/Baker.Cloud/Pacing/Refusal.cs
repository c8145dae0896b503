using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
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

    /// <summary>The reply was lost or is none, or the service stumbled: the call may have been carried out.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        AmazonUnmarshallingException => true,
        AmazonServiceException { ErrorCode: "RequestTimeout" or "RequestTimeoutException" } => true,
        AmazonServiceException service =>
            (service.StatusCode >= HttpStatusCode.InternalServerError && !IsNoCapacity(service))
            || (string.IsNullOrEmpty(service.ErrorCode) && service.InnerException is { } cause && IsTransient(cause)),
        AmazonClientException client =>
            client.InnerException is { } cause && !LostCall.IsAboutCredentials(client) && IsTransient(cause),
        AggregateException several => several.InnerExceptions.Any(IsTransient),
        OperationCanceledException { InnerException: TimeoutException } => true, // an HTTP client's own limit
        HttpRequestException or IOException or TimeoutException or SocketException or AuthenticationException or XmlException => true,
        _ => false,
    };

    /// <summary>EC2 answers so with a status of 500: it is an answer all the same, and another place may have room.</summary>
    private static bool IsNoCapacity(AmazonServiceException error) =>
        error.ErrorCode?.StartsWith("Insufficient", StringComparison.Ordinal) ?? false;

    /// <summary>
    /// A status of 500 without an error code: no AWS service answers so, but an endpoint that does not have the operation.
    /// </summary>
    public static bool IsInability(Exception error) =>
        error is AmazonServiceException { StatusCode: HttpStatusCode.InternalServerError } service
        && (service is AmazonUnmarshallingException || service.ErrorCode is null or "" or "InternalServerError" or "Unknown");
}
