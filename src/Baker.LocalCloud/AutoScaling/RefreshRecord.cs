using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>An instance refresh.</summary>
internal sealed record RefreshRecord : IResource
{
    public required string Id { get; init; }

    public required string GroupId { get; init; }

    public required string GroupName { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public string Strategy { get; init; } = "Rolling";

    public string Status { get; init; } = "Pending";

    public string? Reason { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public required RefreshPreferences Preferences { get; init; }

    public DesiredConfiguration? Wanted { get; init; }

    /// <summary>What the group launched from when the refresh began: what a rollback goes back to.</summary>
    public DesiredConfiguration? Original { get; init; }

    /// <summary>Instances to replace, as they were when it began (or when the rollback began).</summary>
    public ImmutableArray<string> ToReplace { get; init; } = [];

    public int Percentage { get; init; }

    public int Left { get; init; }

    /// <summary>Checkpoints already waited for.</summary>
    public int CheckpointsPassed { get; init; }

    public DateTimeOffset? WaitsUntil { get; init; }

    public DateTimeOffset? RollbackAt { get; init; }

    public string? RollbackReason { get; init; }

    /// <summary>When it last got on; it fails an hour after.</summary>
    public DateTimeOffset MovedAt { get; init; }

    public bool IsActive => Status is "Pending" or "InProgress" or "Cancelling" or "RollbackInProgress" or "Baking";
}
