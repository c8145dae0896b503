namespace Baker.Core.Merging;

/// <summary>How a group's instances are reached (<c>communicator</c>).</summary>
public enum CommunicatorKind
{
    /// <summary>Through Systems Manager, whose agent runs on them.</summary>
    Ssm,

    /// <summary>Over SSH, for images without the agent.</summary>
    Ssh,

    /// <summary>Not at all: nothing runs on them but their user data.</summary>
    None,
}
