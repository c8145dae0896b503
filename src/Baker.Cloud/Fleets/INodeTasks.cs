namespace Baker.Cloud.Fleets;

/// <summary>Runs a task of a group's manifest on one of its nodes.</summary>
public interface INodeTasks
{
    /// <param name="once">
    /// What it is run for: for the same thing the node runs it once, whoever asks again, and answers as it did then.
    /// </param>
    /// <returns>Its exit code, or null and why it was not reached.</returns>
    Task<(int? Code, string? Cause)> RunAsync(string task, string node, string once, CancellationToken stop);
}
