using System.Collections.Concurrent;

namespace Baker.Cloud.Fleets;

/// <summary>The fewest healthy targets that a run has seen in target groups, by their ARNs; whoever looks notes it.</summary>
public sealed class HealthSeen
{
    private readonly ConcurrentDictionary<string, int> _least = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Least => _least;

    internal void Note(string targetGroup, int healthy) =>
        _least.AddOrUpdate(targetGroup, healthy, (_, before) => Math.Min(before, healthy));
}
