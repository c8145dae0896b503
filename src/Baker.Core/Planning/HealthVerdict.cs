using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>How far a fleet is from what was asked: the number that is healthy, and why each of the others is not.</summary>
public sealed record HealthVerdict(int Healthy, int Wanted, ImmutableArray<(string Instance, string Reason)> Stragglers)
{
    public bool IsReached => Healthy >= Wanted && Stragglers.IsEmpty;

    /// <summary>Every instance of the group must be healthy, and there must be as many as desired.</summary>
    public static HealthVerdict Of(FleetView fleet, ImmutableArray<string> targetGroups)
    {
        var stragglers = fleet.Instances
            .Where(instance => !instance.Lifecycle.StartsWith("Terminat", StringComparison.Ordinal))
            .Select(instance => (instance.Id, Reason: instance.WhyNotHealthy(targetGroups)))
            .Where(pair => pair.Reason is not null)
            .Select(pair => (pair.Id, pair.Reason!))
            .ToImmutableArray();
        return new HealthVerdict(fleet.HealthyCount(targetGroups), fleet.Capacity.Desired, stragglers);
    }
}
