using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using Baker.Core;

namespace Baker.Cloud.Pacing;

/// <summary>Puts a call that had no answer, or none that can be used, into words, an exit code and a remedy.</summary>
internal static class LostCall
{
    /// <summary>What to say of a service that stumbles.</summary>
    public const string EndpointsFault = "The fault is the endpoint's, not the request's: when it is mended, run the same command again.";

    /// <summary>Null where the failure may be something else.</summary>
    public static BakerException? Explain(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Explain(first),
        AmazonUnmarshallingException or XmlException => Unreadable(failure),
        AmazonServiceException { ErrorCode: null, InnerException: { } cause } when Explain(cause) is { } reason => reason,
        AmazonServiceException => null,
        AmazonClientException { InnerException: { } cause } error when !IsAboutCredentials(error) => Explain(cause),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => Unreadable(failure),
        HttpRequestException or SocketException or AuthenticationException => Unreachable(failure),
        IOException { InnerException: SocketException or AuthenticationException } or HttpIOException => Unreachable(failure),
        TimeoutException or OperationCanceledException => new BakerException(
            ExitCode.CloudFailed,
            "The cloud did not answer in time.",
            "Run the command again; what was begun is found again.",
            failure),
        _ => null,
    };

    /// <summary>The same of what a call met for certain: an <see cref="IOException"/> is the connection's then, and no file's.</summary>
    public static BakerException ExplainAll(Exception failure) =>
        failure is AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError } error
        and not AmazonUnmarshallingException
        ? new BakerException(ExitCode.CloudFailed, Refused(error), EndpointsFault, error)
        : Explain(failure) ?? Unreachable(failure);

    /// <summary>The chain of credential sources throws a plain <see cref="AmazonClientException"/> or one of several of its own.</summary>
    public static bool IsAboutCredentials(AmazonClientException error) =>
        error.Message.Contains("credential", StringComparison.OrdinalIgnoreCase);

    public static string Refused(AmazonServiceException error) =>
        $"AWS refused: {(string.IsNullOrEmpty(error.ErrorCode) ? $"HTTP {(int)error.StatusCode}" : error.ErrorCode)}: {error.Message}";

    public static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r', ' ', ':');

    private static BakerException Unreachable(Exception error) =>
        new(
            ExitCode.CloudFailed,
            $"The cloud cannot be reached: {FirstLine(error.InnerException ?? error)}",
            "Check the network, AWS_ENDPOINT_URL and a proxy, then run the command again; what was begun is found again.",
            error);

    private static BakerException Unreadable(Exception error) =>
        new(
            ExitCode.CloudFailed,
            $"The cloud's answer cannot be read: {FirstLine(error.InnerException ?? error)}",
            "Check that AWS_ENDPOINT_URL, or a proxy on the way, is an AWS endpoint; then run the command again.",
            error);
}
