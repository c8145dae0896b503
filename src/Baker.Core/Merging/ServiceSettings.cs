using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>What nodes do about the services that they provide and need.</summary>
public sealed record ServiceSettings
{
    public static ServiceSettings None { get; } = new();

    /// <summary>The commands that read where the needed services are.</summary>
    public ImmutableArray<string> Reload { get; init; } = [];

    /// <summary>The command that a change of a needed service calls for; null: none but those.</summary>
    public string? Converge { get; init; }

    /// <summary>Where etcd is that has the catalogue; null: the catalogue is in SSM.</summary>
    public EtcdSettings? Etcd { get; init; }

    /// <summary>What is waited for between the withdrawal of a node's services and their end; null: nothing.</summary>
    public (string Script, TimeSpan Timeout)? Drain { get; init; }
}
