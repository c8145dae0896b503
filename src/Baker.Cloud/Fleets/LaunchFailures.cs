using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;

namespace Baker.Cloud.Fleets;

/// <summary>What a group's latest activities say about why its instances do not come up.</summary>
public sealed class LaunchFailures(FleetContext context)
{
    /// <summary>This many failures of one kind in a row are taken for certain.</summary>
    private const int Enough = 3;

    /// <summary>The newest activity's message, for a person; null where there is none.</summary>
    public string? Last { get; private set; }

    /// <summary>The instance that was replaced last for its health; null where none was.</summary>
    public string? Replaced { get; private set; }

    /// <summary>The reason why waiting on is hopeless; null while it is not.</summary>
    /// <param name="since">
    /// What was begun before does not count: it may be another group's that had the same name and is deleted, or of an old trouble.
    /// </param>
    public async Task<string?> LookAsync(string name, int wanted, DateTimeOffset since, CancellationToken stop)
    {
        DescribeScalingActivitiesResponse reply;
        try
        {
            reply = await context.Pacer.SendAsync(
                context.Clients.AutoScaling.DescribeScalingActivitiesAsync,
                new DescribeScalingActivitiesRequest { AutoScalingGroupName = name, MaxRecords = 50 },
                stop).ConfigureAwait(false);
        }
        catch (AmazonAutoScalingException error) when (error.ErrorCode == "ValidationError")
        {
            return null;
        }

        var activities = (reply.Activities ?? []).FindAll(each =>
            each.StartTime is not { } start || start.ToUniversalTime() >= since.UtcDateTime);
        Last = activities.Select(Message).FirstOrDefault(text => text.Length > 0);
        var failed = activities
            .TakeWhile(each => each.StatusCode != ScalingActivityStatusCode.Successful || !IsLaunch(each))
            .Where(each => each.StatusCode == ScalingActivityStatusCode.Failed && IsLaunch(each))
            .Select(each => Kind(each.StatusMessage))
            .ToList();
        if (failed.Count >= Enough && failed.Take(Enough).Distinct(StringComparer.Ordinal).Count() == 1)
        {
            return $"{failed.Count} launches in a row failed the same way: "
                + $"{activities.First(each => each.StatusCode == ScalingActivityStatusCode.Failed && IsLaunch(each)).StatusMessage}";
        }

        // Instances that come up and are then found unhealthy: once every wanted one has been replaced, and then some.
        var replaced = activities.FindAll(each => each.Cause is { } cause && !IsLaunch(each)
            && (cause.Contains("health check", StringComparison.OrdinalIgnoreCase)
                || cause.Contains("unhealthy", StringComparison.OrdinalIgnoreCase)));
        Replaced = replaced
            .Select(each => each.Description?.Split(' ')[^1])
            .FirstOrDefault(last => last?.StartsWith("i-", StringComparison.Ordinal) ?? false);
        return replaced.Count >= Math.Max(Enough, wanted + 1)
            ? $"{replaced.Count} instances were replaced because they failed their health check; the last: {replaced[0].Cause}"
            : null;
    }

    private static bool IsLaunch(Activity activity) => activity.Description?.StartsWith("Launching", StringComparison.Ordinal) ?? false;

    private static string Message(Activity activity) => string.IsNullOrEmpty(activity.StatusMessage)
        ? $"{activity.Description}: {activity.StatusCode?.Value}"
        : $"{activity.Description}: {activity.StatusMessage}";

    /// <summary>The message without what differs from one try to the next, such as request ids.</summary>
    private static string Kind(string? message)
    {
        var text = message ?? "";
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return end > 0 ? text[..end] : text;
    }
}
