namespace Baker.Cloud.Instances;

/// <summary>How a deploy ended on one node.</summary>
/// <param name="Status">SSM's word (<c>Success</c>, <c>Failed</c>, <c>TimedOut</c>, …), or one of ours.</param>
/// <param name="Output">The end of what it printed, or why, where it failed; what it said it could not do where it did the rest.</param>
public sealed record DeployResult(string Group, string Instance, string Status, string Output)
{
    /// <summary>It converged, and came back, and is not healthy.</summary>
    public const string Unhealthy = "Unhealthy";

    /// <summary>Too many others had failed before it was its turn.</summary>
    public const string NotBegun = "NotBegun";

    /// <summary>SSM does not reach it.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>Its converge was cancelled while it was out of service.</summary>
    public const string Stopped = "Stopped";

    public static DeployResult OfUnreachable(string group, string instance) =>
        new(group, instance, Unreachable, "Its SSM agent is not connected, or it has just ended.");

    /// <summary>Why a node keeps what it knows of services, in its own words, among what it printed; empty where it does not.</summary>
    public static string KeptIn(string output)
    {
        const string Program = "baker-node: ";
        var lines = output.Split('\n');
        var last = Array.FindIndex(lines, line => line.StartsWith(Program, StringComparison.Ordinal)
            && line.EndsWith("/services is kept as it was", StringComparison.Ordinal));
        var why = last > 0 && lines[last - 1].StartsWith(Program, StringComparison.Ordinal) ? lines[last - 1][Program.Length..] + "; " : "";
        return last < 0 ? "" : why + lines[last][Program.Length..];
    }

    public bool IsDone => Status == "Success";

    /// <summary>SSM's <c>Cancelled</c> is what became of nodes that were still waiting when too many had failed.</summary>
    public bool IsNotBegun => Status is NotBegun or "Cancelled";

    public bool IsFailed => !IsDone && !IsNotBegun;
}
