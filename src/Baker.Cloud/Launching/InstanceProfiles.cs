using Amazon.Runtime;

namespace Baker.Cloud.Launching;

/// <summary>Launches with an instance profile that IAM may just have made: EC2 knows it a little later.</summary>
internal static class InstanceProfiles
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    public static async Task<T> UntilKnownAsync<T>(Func<Task<T>> launch, Action<string> note, TimeProvider time, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        for (var noted = false; ; noted = true)
        {
            try
            {
                return await launch().ConfigureAwait(false);
            }
            catch (AmazonServiceException error) when (IsUnknownProfile(error) && time.GetElapsedTime(began) < s_limit)
            {
                if (!noted)
                {
                    note($"EC2 does not know the instance profile yet, and is asked again for up to {s_limit.TotalMinutes:0} minutes: {error.Message}");
                }

                await Task.Delay(s_wait, time, stop).ConfigureAwait(false);
            }
        }
    }

    // The code is that of any wrong value; only the text tells.
    private static bool IsUnknownProfile(AmazonServiceException error) =>
        error.ErrorCode == "InvalidParameterValue" && (error.Message ?? "").Replace(" ", "", StringComparison.Ordinal).Contains("iamInstanceProfile", StringComparison.OrdinalIgnoreCase);
}
