using Baker.Cloud.Pacing;

namespace Baker.Cloud.Fleets;

/// <summary>What the work on fleets is done with.</summary>
public sealed record FleetContext
{
    public required CloudClients Clients { get; init; }

    public required Pacer Pacer { get; init; }

    public required TimeProvider Time { get; init; }

    public required CloudClock Clock { get; init; }

    public required Operator Operator { get; init; }

    /// <summary>Progress, one line a call.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>Commands to suggest.</summary>
    public SuggestedCommands Suggested { get; init; } = new();

    /// <summary>How often a wait looks.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a group may take to become healthy before it is given up.</summary>
    public TimeSpan HealthLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a drain, a scale-in or a deletion may take.</summary>
    public TimeSpan RetireLimit { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a lock outlives the last word of its holder.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);
}
