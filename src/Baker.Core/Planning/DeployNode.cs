using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>A running node, as a deploy that drains sees it.</summary>
public sealed record DeployNode
{
    public required string Id { get; init; }

    /// <summary>Its Auto Scaling group; null for one that stands alone.</summary>
    public string? Fleet { get; init; }

    /// <summary>Auto Scaling's lifecycle state; empty for one that stands alone.</summary>
    public string Lifecycle { get; init; } = "";

    /// <summary>The target groups (ARNs) that it serves in, or served in before an earlier run took it out.</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary>How the load balancer sees it where it is registered.</summary>
    public ImmutableArray<TargetView> Targets { get; init; } = [];

    /// <summary>For one that stands alone: the names of the target groups that it is put back into, and the ports it has there.</summary>
    public ImmutableArray<(string TargetGroup, int? Port)> Registrations { get; init; } = [];

    /// <summary>An earlier run marked it before it took it out of service, and has not brought it back.</summary>
    public bool IsMarked { get; init; }

    public bool IsInStandby => Lifecycle.Contains("Standby", StringComparison.Ordinal);

    /// <summary>Marked, and put back by a run that did not live to see it healthy.</summary>
    public bool IsOnItsWayBack => IsMarked
        && (Lifecycle.StartsWith("Pending", StringComparison.Ordinal) || (Lifecycle is "" or "InService" && TargetGroups.Any(IsAwaitedIn)));

    /// <summary>Marked, and no request reaches it: neither in service nor still draining.</summary>
    public bool IsOut => IsMarked && !IsOnItsWayBack && (Fleet is null ? Targets.IsEmpty : Lifecycle == "Standby");

    // Auto Scaling registers its instances a little after it calls them in service.
    private bool IsAwaitedIn(string targetGroup) => Targets.FirstOrDefault(target => target.TargetGroup == targetGroup) is { } found
        ? found.State is "initial" or "unhealthy"
        : Fleet is not null;

    public bool IsHealthyIn(string targetGroup) => Targets.Any(target => target.TargetGroup == targetGroup && target.IsHealthy);
}
