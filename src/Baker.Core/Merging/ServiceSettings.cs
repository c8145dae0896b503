using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>What nodes do about the services that they provide and need.</summary>
public sealed record ServiceSettings
{
    /// <summary>What a lifecycle hook has that says no timeout.</summary>
    public static readonly TimeSpan UsualHookTimeout = TimeSpan.FromMinutes(5);

    public static ServiceSettings None { get; } = new();

    /// <summary>The commands that read where the needed services are.</summary>
    public ImmutableArray<string> Reload { get; init; } = [];

    /// <summary>The command that a change of a needed service calls for; null: none but those.</summary>
    public string? Converge { get; init; }

    /// <summary>etcd's user for the group's nodes; null: the settings' one.</summary>
    public string? CatalogUser { get; init; }

    public CatalogSettings Catalog { get; init; } = CatalogSettings.Usual;

    /// <summary>How long Auto Scaling lets a hook with that timeout hold an instance, whatever heartbeats come.</summary>
    public static TimeSpan LongestHold(TimeSpan timeout) => TimeSpan.FromTicks(Math.Min(100 * timeout.Ticks, TimeSpan.FromHours(48).Ticks));

    /// <summary>What is waited for between the withdrawal of a node's services and their end; null: nothing.</summary>
    public (string Script, TimeSpan Timeout)? Drain { get; init; }

    /// <summary>The fleet's lifecycle hook that holds an ending instance until that is done; null: none that nodes know of.</summary>
    public string? Hook { get; init; }

    /// <summary>How long the hook holds it without a heartbeat.</summary>
    public TimeSpan HookTimeout { get; init; } = UsualHookTimeout;
}
