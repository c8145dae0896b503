using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>An Auto Scaling group, without its instances. Times are seconds.</summary>
internal sealed record GroupRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string Arn { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public int Min { get; init; }

    public int Max { get; init; }

    public int Desired { get; init; }

    /// <summary>The launch template with the version as it was given; null where <see cref="Mixed"/> has it.</summary>
    public LaunchTemplateSpecification? Template { get; init; }

    public MixedInstancesPolicy? Mixed { get; init; }

    public ImmutableArray<string> Zones { get; init; } = [];

    public ImmutableArray<string> Subnets { get; init; } = [];

    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary><c>EC2</c>, or with <c>ELB</c>.</summary>
    public string HealthCheckType { get; init; } = "EC2";

    public int Grace { get; init; }

    public int Cooldown { get; init; } = 300;

    public ImmutableArray<string> TerminationPolicies { get; init; } = ["Default"];

    public bool ProtectsNew { get; init; }

    public int? MaxLifetime { get; init; }

    public bool? Rebalances { get; init; }

    public int? Warmup { get; init; }

    public InstanceMaintenancePolicy? Maintenance { get; init; }

    public string? DeletionProtection { get; init; }

    public string? PlacementGroup { get; init; }

    public string? Context { get; init; }

    public string? DesiredType { get; init; }

    /// <summary>Process to the reason that it was suspended for.</summary>
    public ImmutableSortedDictionary<string, string> Suspended { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> Metrics { get; init; } = [];

    public ImmutableArray<GroupTag> Tags { get; init; } = [];

    public ImmutableArray<HookRecord> Hooks { get; init; } = [];

    public IReadOnlyList<ScalingPolicy> Policies { get; init; } = [];

    public IReadOnlyList<ScheduledUpdateGroupAction> Schedules { get; init; } = [];

    public IReadOnlyList<NotificationConfiguration> Notifications { get; init; } = [];

    /// <summary>Not null: the group is being deleted.</summary>
    public string? Status { get; init; }

    /// <summary>It is deleted by force: no termination hook is waited for.</summary>
    public bool IsForced { get; init; }

    /// <summary>After failed launches: how many in a row, and when the next one is tried.</summary>
    public int FailedLaunches { get; init; }

    public DateTimeOffset LaunchesAgainAt { get; init; }

    public DateTimeOffset ScaledAt { get; init; }

    /// <summary>What the desired capacity was changed for, until the group has it.</summary>
    public string? Cause { get; init; }

    public WarmPoolRecord? WarmPool { get; init; }

    public bool Allows(string process) => !Suspended.ContainsKey(process);

    public static string IdOf(string region, string name) => $"{region}|{name}";
}

/// <summary>A tag of a group.</summary>
internal sealed record GroupTag(string Key, string Value, bool Propagates);

/// <summary>A lifecycle hook. The heartbeat is seconds.</summary>
internal sealed record HookRecord(
    string Name, string Transition, string DefaultResult, int Heartbeat, string? TargetArn, string? RoleArn, string? Metadata)
{
    public const string Launching = "autoscaling:EC2_INSTANCE_LAUNCHING";
    public const string Terminating = "autoscaling:EC2_INSTANCE_TERMINATING";

    /// <summary>However often the heartbeat is renewed, the wait ends: 48 hours or a hundred heartbeats, whichever is less.</summary>
    public int GlobalTimeout => (int)Math.Min(172800, Heartbeat * 100L);
}
