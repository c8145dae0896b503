using Amazon.Runtime;

namespace Baker.LocalCloud.Tests;

/// <summary>What AWS's error codes are to a test.</summary>
internal static class Errors
{
    public static async Task<string> CodeOfAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (AmazonServiceException error)
        {
            return error.ErrorCode;
        }

        return "none";
    }
}
