using Amazon.Runtime;
using Baker.Core;

namespace Baker.Cli.Commands.Images;

/// <summary>Turns what a cloud answers, or does not answer, into the documented exit code.</summary>
internal static class CloudFailure
{
    public static async Task<ExitCode> ToExitCodeAsync(Func<Task<ExitCode>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (AmazonServiceException error)
        {
            throw new BakerException(ExitCode.CloudFailed, $"AWS refused: {error.ErrorCode}: {error.Message}", "Check the credentials, the region and what they may do.", error);
        }
        catch (Exception error) when (error is AmazonClientException or HttpRequestException)
        {
            throw new BakerException(ExitCode.CloudFailed, $"AWS cannot be asked: {error.Message}", "Check the credentials (aws sts get-caller-identity) and the network.", error);
        }
    }
}
