using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>An instance in a group. States are Auto Scaling's lifecycle states.</summary>
internal sealed record MemberRecord : IResource
{
    public const string Warmed = "Warmed:";

    public required string Id { get; init; }

    public required string GroupId { get; init; }

    public required string Zone { get; init; }

    public required string InstanceType { get; init; }

    public required string ImageId { get; init; }

    /// <summary>The template and the number of the version that it was launched from; null where it was attached.</summary>
    public LaunchTemplateSpecification? Template { get; init; }

    public string State { get; init; } = "Pending";

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset LaunchedAt { get; init; }

    public DateTimeOffset? InServiceAt { get; init; }

    public string Health { get; init; } = "Healthy";

    public bool IsProtected { get; init; }

    /// <summary>What it counts for against the desired capacity.</summary>
    public int Weight { get; init; } = 1;

    public string? WeightText { get; init; }

    public bool IsSpot { get; init; }

    /// <summary>The activity that moves it now.</summary>
    public string? ActivityId { get; init; }

    /// <summary>The hooks that wait on it.</summary>
    public ImmutableArray<WaitRecord> Waits { get; init; } = [];

    /// <summary>A launching hook ended with ABANDON.</summary>
    public bool IsAbandoned { get; init; }

    public bool IsLeaving => State.Contains("Terminating", StringComparison.Ordinal) || State is "Detaching" or "Terminated";

    /// <summary>It returns to the warm pool when it has left the group.</summary>
    public bool Returns { get; init; }

    /// <summary>Whether it is in the warm pool, or on its way into it or out of it.</summary>
    public bool IsWarm => State.StartsWith(Warmed, StringComparison.Ordinal) || WasWarm;

    /// <summary>It ends in the warm pool, and is no part of the group any more.</summary>
    public bool WasWarm { get; init; }

    /// <summary>Whether it waits in the warm pool to be taken.</summary>
    public bool IsReady => State is "Warmed:Stopped" or "Warmed:Running" or "Warmed:Hibernated";

    /// <summary>Whether it counts against the desired capacity.</summary>
    public bool Counts => !IsLeaving && !IsWarm && State is not ("Standby" or "EnteringStandby");

    public bool IsPending => State.StartsWith("Pending", StringComparison.Ordinal);

    /// <summary>The state that it is in, or on its way to, as the instance itself is told.</summary>
    /// <param name="pool">The group's warm pool; null where it has none.</param>
    public string TargetState(WarmPoolRecord? pool) => State switch
    {
        _ when State.Contains("Terminating", StringComparison.Ordinal) => "Terminated",
        _ when IsPending => "InService",
        _ when State.StartsWith("Warmed:Pending", StringComparison.Ordinal) => Warmed + (pool?.PoolState ?? "Running"),
        "EnteringStandby" => "Standby",
        "Detaching" => "Detached",
        _ => State,
    };
}

/// <summary>A lifecycle action that waits for its hook.</summary>
internal sealed record WaitRecord(string Hook, string Token, DateTimeOffset Due, DateTimeOffset EndsAt, string? Result);
