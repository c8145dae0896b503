using Baker.Core.Manifest;

namespace Baker.Cloud.Communicators;

/// <summary>An instance that is reached through Systems Manager.</summary>
/// <param name="Group">Its group's name, for messages and for the names of what waits in a bucket.</param>
/// <param name="Run">The id of the run.</param>
/// <param name="AgentTimeout">How long its agent may take to register.</param>
internal sealed record SsmTarget(string InstanceId, GroupName Group, string Run, TimeSpan AgentTimeout)
{
    /// <summary>Whether an image is made of it: the log is kept on it, and so is what failed, for a look.</summary>
    public bool IsOfBake { get; init; } = true;
}
