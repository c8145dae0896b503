namespace Baker.Cloud;

/// <summary>What this machine, and the cloud that is worked on, decide about SSH connections.</summary>
public sealed record SshReach
{
    /// <summary>The address that instances see the caller under; null: it has to be asked for.</summary>
    public string? CallerAddress { get; init; }

    /// <summary>The host and port of an instance's SSH server, by the instance's id, and null while it has none;
    /// where there is nothing to ask, they are the instance's own address and the group's port.</summary>
    public Func<string, CancellationToken, Task<(string Host, int Port)?>>? ServerOf { get; init; }

    /// <summary>The socket of the operator's ssh-agent (<c>SSH_AUTH_SOCK</c>).</summary>
    public string? AgentSocket { get; init; }
}
