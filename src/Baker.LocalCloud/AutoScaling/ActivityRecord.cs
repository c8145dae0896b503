using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>A scaling activity.</summary>
internal sealed record ActivityRecord : IResource
{
    public required string Id { get; init; }

    public required string GroupId { get; init; }

    public required string GroupName { get; init; }

    public required string GroupArn { get; init; }

    public required string Description { get; init; }

    public required string Cause { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string Status { get; init; } = "InProgress";

    public string? Message { get; init; }

    public int Progress { get; init; }

    public string? Zone { get; init; }

    /// <summary>Tells apart activities of one moment.</summary>
    public long Number { get; init; }
}
