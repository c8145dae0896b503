using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>How the nodes of a group come by their configuration (<c>config</c> and what begins with <c>config_</c>).</summary>
public sealed record ConfigSettings
{
    /// <summary>What is restarted when it changes: systemd's units, and programs by their whole path.</summary>
    public ImmutableArray<string> Reload { get; init; } = [];

    /// <summary>The variables that are secrets, whoever sets them.</summary>
    public ImmutableArray<string> Secrets { get; init; } = [];

    /// <summary>The key that secrets are encrypted with; null is the account's own for SSM.</summary>
    public string? KmsKeyId { get; init; }
}
