using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>The merged <c>autoscale</c> object of a group, with the defaults that docs/fleets.md lists.</summary>
public sealed record FleetSettings
{
    /// <summary>The size of a group that does not exist yet; one that exists keeps its live numbers.</summary>
    public Capacity Capacity { get; init; } = new(1, 1, 1);

    /// <summary>How long the old group is kept, out of service but running, after an update (<c>timeout</c>, seconds; 300).</summary>
    public TimeSpan KeepWarm { get; init; } = TimeSpan.FromMinutes(5);

    public ImmutableArray<string> Zones { get; init; } = [];

    public ImmutableArray<string> Subnets { get; init; } = [];

    /// <summary>Names or ARNs.</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary><c>elb</c> where there are target groups, else <c>ec2</c>.</summary>
    public HealthCheckKind HealthCheck { get; init; }

    /// <summary>How long a new instance is not judged (300 s; AWS's own default is 0).</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(5);

    public ImmutableArray<HookSettings> Hooks { get; init; } = [];

    /// <summary>More than one makes the group a mixed one.</summary>
    public ImmutableArray<string> InstanceTypes { get; init; } = [];

    /// <summary>Percent of the instances above <see cref="OnDemandBase"/> that are spot instances.</summary>
    public int SpotShare { get; init; }

    public int OnDemandBase { get; init; }

    public ImmutableArray<string> TerminationPolicies { get; init; } = ["Default"];

    /// <summary>How long until a new instance counts in the group's metrics and in an instance refresh.</summary>
    public TimeSpan Warmup { get; init; }

    /// <summary>How a new image goes out a little at a time; null where the manifest does not say.</summary>
    public CanarySettings? Canary { get; init; }

    public bool IsMixed => InstanceTypes.Length > 1 || SpotShare > 0;
}
