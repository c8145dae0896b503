using Amazon.Runtime;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Launching;

/// <summary>Launches with an instance profile that IAM may just have made: EC2 knows it a little later.</summary>
internal static class InstanceProfiles
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    public static async Task<T> UntilKnownAsync<T>(Func<Task<T>> launch, Action<string> note, TimeProvider time, CancellationToken stop)
    {
        var (launched, noted) = (default(T), false);
        await Looking.UntilAsync(time, IsLaunchedAsync, TimeSpan.MaxValue, _ => s_wait, stop).ConfigureAwait(false);
        return launched!;

        async Task<bool> IsLaunchedAsync(TimeSpan taken)
        {
            try
            {
                launched = await launch().ConfigureAwait(false);
                return true;
            }
            catch (AmazonServiceException error) when (IsUnknownProfile(error) && taken < s_limit)
            {
                if (!noted)
                {
                    noted = true;
                    note(
                        "EC2 does not know the instance profile yet, and is asked again for up to "
                            + $"{s_limit.TotalMinutes:0} minutes: {error.Message}");
                }

                return false;
            }
        }
    }

    // The code is that of any wrong value; only the text tells.
    private static bool IsUnknownProfile(AmazonServiceException error) =>
        error.ErrorCode == "InvalidParameterValue" && (error.Message ?? "")
            .Replace(" ", "", StringComparison.Ordinal)
            .Contains("iamInstanceProfile", StringComparison.OrdinalIgnoreCase);
}
