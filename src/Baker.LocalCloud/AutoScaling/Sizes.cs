using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>The three numbers of a group, and how a change of one moves the others.</summary>
internal static class Sizes
{
    /// <summary>
    /// A minimum above the desired capacity, or a maximum below it, silently moves it; a desired capacity outside of them
    /// is refused.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="min">The new minimum; null leaves it.</param>
    /// <param name="max">The new maximum.</param>
    /// <param name="desired">The new desired capacity.</param>
    /// <param name="now">When that happens.</param>
    /// <param name="because">What has changed the desired capacity, as the causes of activities say it.</param>
    /// <exception cref="CloudException">The numbers contradict each other.</exception>
    public static GroupRecord Change(GroupRecord group, int? min, int? max, int? desired, DateTimeOffset now, string? because = null)
    {
        var (low, high) = (min ?? group.Min, max ?? group.Max);
        if (low < 0 || high < 0 || desired < 0)
        {
            throw new CloudException("ValidationError", "1 validation error detected: a size must be greater than or equal to 0");
        }

        if (low > high)
        {
            throw new CloudException("ValidationError", $"Max bound, {high}, must be greater than or equal to min bound, {low}");
        }

        if (desired is { } asked && (asked < low || asked > high))
        {
            throw new CloudException("ValidationError", asked < low
                ? $"Desired capacity:{asked} must be between the specified min size:{low} and max size:{high}"
                : $"New SetDesiredCapacity value {asked} is above max value {high} for the AutoScalingGroup.");
        }

        var next = desired ?? Math.Clamp(group.Desired, low, high);

        // A new wish is tried at once, whatever failed before.
        return group with
        {
            Min = low,
            Max = high,
            Desired = next,
            ScaledAt = next == group.Desired ? group.ScaledAt : now,
            Cause = next == group.Desired || because is null ? group.Cause
                : $"At {now:yyyy-MM-dd'T'HH:mm:ss'Z'} {because} changing the desired capacity from {group.Desired} to {next}.  ",
            LaunchesAgainAt = default,
            FailedLaunches = 0,
        };
    }
}
