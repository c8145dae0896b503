namespace Baker.Cloud.Instances;

/// <summary>How a deploy ended on one node.</summary>
/// <param name="Status">SSM's word: <c>Success</c>, <c>Failed</c>, <c>TimedOut</c>, …</param>
/// <param name="Output">The end of what it printed; only where it failed.</param>
public sealed record DeployResult(string Group, string Instance, string Status, string Output)
{
    public bool IsDone => Status == "Success";

    /// <summary>Too many others had failed before it was its turn.</summary>
    public bool IsNotBegun => Status == "Cancelled";
}
