using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud;

/// <summary>Puts what a cloud, the network or the disk did into words, an exit code and a remedy; the one place for all commands.</summary>
public static class CloudFailure
{
    private const int DiskFull = 28;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);
    private const int QuotaReached = 122;

    /// <summary>What a user can read; null where the failure is none of these, but a mistake of Baker's.</summary>
    /// <param name="remedy">What the command at hand advises where AWS refuses.</param>
    public static BakerException? Explain(Exception failure, string? remedy = null) => failure switch
    {
        BakerException known => known,
        AggregateException { InnerExceptions: [var first, ..] } => Explain(first, remedy),
        _ when LostCall.Explain(failure) is { } lost => lost,
        AmazonServiceException { ErrorCode: null, InnerException: { } cause } when Explain(cause, remedy) is { } reason => reason,
        AmazonServiceException error => new BakerException(
            ExitCode.CloudFailed,
            LostCall.Refused(error),
            RemedyOf(error) ?? remedy ?? "Check the credentials, the region and what they may do.",
            error),
        AmazonClientException error when LostCall.IsAboutCredentials(error) => new BakerException(
            ExitCode.CloudFailed,
            "There are no AWS credentials that can be used.",
            "Set AWS_PROFILE, or the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                + $"and try them with aws sts get-caller-identity; --cloud local needs none.{Reason(error)}",
            error),
        AmazonClientException { InnerException: { } cause } when Explain(cause, remedy) is { } reason => reason,
        AmazonClientException error => new BakerException(
            ExitCode.CloudFailed,
            $"AWS cannot be asked: {LostCall.FirstLine(error)}",
            "Check the credentials (aws sts get-caller-identity) and the network.",
            error),
        OutOfMemoryException => new BakerException(
            ExitCode.CloudFailed,
            "There is not enough memory, or there are too many processes and threads.",
            "Make room for it (ulimit -a shows the limits), then run the command again; what was begun is found again.",
            failure),
        TypeInitializationException { InnerException: InvalidDataException error } => Configuration(error),
        InvalidDataException error => Configuration(error),
        IOException error when IsDiskFull(error) =>
            new BakerException(ExitCode.BadInput, $"The disk is full: {error.Message}", "Make room, then run the command again.", error),
        IOException or UnauthorizedAccessException =>
            new BakerException(ExitCode.BadInput, failure.Message, "Check the file or folder and who may write to it.", failure),
        _ => null,
    };

    /// <summary>Whether the cloud, the network or the disk did it: what goes on in spite of that catches no mistake of Baker's.</summary>
    public static bool IsOutside(Exception failure) => Explain(failure) is not null;

    // Where it tells of several sources, its first line announces a list and says nothing itself.
    private static string Reason(AmazonClientException error) =>
        error.Message.Contains("following errors", StringComparison.OrdinalIgnoreCase) ? "" : $" ({LostCall.FirstLine(error)})";

    /// <summary>Whether there is no room: where it is kept for a whole file beforehand, only the words say so.</summary>
    public static bool IsDiskFull(Exception failure) => failure is IOException error
        && (error.HResult is DiskFull or DiskFullOnWindows or QuotaReached
            || error.Message.EndsWith("because the disk was full.", StringComparison.Ordinal));

    private static string? RemedyOf(AmazonServiceException error) => error.ErrorCode switch
    {
        "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" =>
            "The credentials have expired: sign in again, then run the same command.",
        "AuthFailure" or "InvalidClientTokenId" or "UnrecognizedClientException" or "SignatureDoesNotMatch" or "IncompleteSignature" =>
            "The credentials are not accepted: check them with aws sts get-caller-identity.",
        _ when (int)error.StatusCode >= 500 => LostCall.EndpointsFault,
        _ => null,
    };

    // The message goes on with the line, and that may be a secret.
    private static BakerException Configuration(InvalidDataException error) =>
        new(
            ExitCode.CloudFailed,
            $"The AWS configuration cannot be read: {LostCall.FirstLine(error).Split('<')[0].TrimEnd(':')} of it is no section, "
                + "property or comment.",
            "Correct the file (~/.aws/config or ~/.aws/credentials, or what AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name).",
            error);
}
