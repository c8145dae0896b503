using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>An Auto Scaling group as it is now.</summary>
public sealed record FleetView
{
    public required string Name { get; init; }

    public required Capacity Capacity { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>AWS's status; anything but null means that it is being deleted.</summary>
    public string? Status { get; init; }

    public ImmutableArray<FleetInstance> Instances { get; init; } = [];

    public ImmutableArray<string> Suspended { get; init; } = [];

    /// <summary>ARNs.</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public bool HasDeletionProtection { get; init; }

    /// <summary>The launch template and version (<c>name:version</c>) that the next instance gets.</summary>
    public string? Template { get; init; }

    public bool UsesMovingVersion => Template is not null
        && (Template.EndsWith(":$Latest", StringComparison.Ordinal) || Template.EndsWith(":$Default", StringComparison.Ordinal));

    /// <summary>What a drained deploy that is not over gives back when it is; null where none is.</summary>
    public FleetHold? Held { get; init; }

    public int HealthyCount(ImmutableArray<string> targetGroups) =>
        Instances.Count(instance => instance.WhyNotHealthy(targetGroups) is null);
}
