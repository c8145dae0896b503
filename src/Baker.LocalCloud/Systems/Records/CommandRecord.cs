using System.Collections.Immutable;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Systems.Records;

/// <summary>One SendCommand.</summary>
internal sealed record CommandRecord : IResource
{
    /// <summary>The command id, a GUID.</summary>
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string DocumentName { get; init; }

    public string Comment { get; init; } = "";

    public ImmutableSortedDictionary<string, ImmutableArray<string>> Parameters { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public ImmutableArray<string> InstanceIds { get; init; } = [];

    public ImmutableArray<CommandTarget> Targets { get; init; } = [];

    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>How long an instance may take to pick it up, seconds.</summary>
    public int DeliveryTimeout { get; init; } = 3600;

    /// <summary>How long the script may run, seconds.</summary>
    public int ExecutionTimeout { get; init; } = 3600;

    public string MaxConcurrency { get; init; } = "50";

    public string MaxErrors { get; init; } = "0";

    public string? OutputBucket { get; init; }

    public string? OutputPrefix { get; init; }

    public int TargetCount { get; init; }

    public int CompletedCount { get; init; }

    public int ErrorCount { get; init; }

    public int DeliveryTimedOutCount { get; init; }

    /// <summary>Pending, InProgress, Success, Cancelled, Failed, TimedOut, Cancelling.</summary>
    public string Status { get; init; } = "Pending";

    public string StatusDetails { get; init; } = "Pending";

    public bool IsDone => Status is "Success" or "Cancelled" or "Failed" or "TimedOut";
}

/// <summary>A target: <c>InstanceIds</c>, <c>tag:KEY</c> or <c>tag-key</c>.</summary>
internal sealed record CommandTarget(string Key, ImmutableArray<string> Values);
