namespace Baker.LocalCloud.Sandboxes;

/// <summary>What this host lets the local cloud do.</summary>
public enum SandboxMode
{
    /// <summary>Nothing: instances go through their states and run nothing.</summary>
    None,

    /// <summary>Sandboxes in a user namespace: root inside is this user outside, and only one user exists.</summary>
    User,

    /// <summary>Sandboxes made by root, with the dangerous capabilities dropped.</summary>
    Root,
}
