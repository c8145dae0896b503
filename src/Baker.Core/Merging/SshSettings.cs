using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>How a group's instances are reached over SSH; the attributes are those of Packer's amazon-ebs builder.</summary>
public sealed record SshSettings
{
    /// <summary>The user who is logged in as; one who is not root must be able to use sudo without a password.</summary>
    public string Username { get; init; } = "ubuntu";

    /// <summary>
    /// <c>public_ip</c>, <c>private_ip</c>, <c>public_dns</c> or <c>private_dns</c>; null: the public address where there
    /// is one.
    /// </summary>
    public string? Interface { get; init; }

    public int Port { get; init; } = 22;

    /// <summary>How long an instance may take until it can be logged in to.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The operator's private key; null: a bake makes one of its own.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>Whether the operator's ssh-agent signs.</summary>
    public bool UsesAgent { get; init; }

    /// <summary>Who may connect to a bake's instance; empty: the caller alone.</summary>
    public ImmutableArray<string> SourceRanges { get; init; } = [];
}
