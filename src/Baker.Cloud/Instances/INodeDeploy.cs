namespace Baker.Cloud.Instances;

/// <summary>Converges running nodes of one group, so many at a time.</summary>
public interface INodeDeploy
{
    /// <summary>Converges all of the group's nodes and waits for the last.</summary>
    /// <param name="maxErrors">How many may fail before no more are begun.</param>
    Task<List<DeployResult>> ToAllAsync(int atOnce, int maxErrors, CancellationToken stop);

    /// <summary>Converges these nodes and waits for the last; nodes that were not begun have no result.</summary>
    Task<List<DeployResult>> ToAsync(IReadOnlyCollection<string> nodes, int atOnce, int maxErrors, CancellationToken stop);
}
