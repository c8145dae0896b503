using System.Collections.Immutable;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The target groups of one forward action: each gets its share of the requests, by weight.</summary>
internal sealed class WeightedPools(ImmutableArray<(TargetPool Pool, int Weight)> pools)
{
    private readonly int _total = pools.Sum(each => each.Weight);
    private int _turn = -1;

    /// <summary>How long a client stays with a group; null where it does not.</summary>
    public TimeSpan? Keeps { get; init; }

    /// <summary>Null where there is no group, or none with a weight.</summary>
    /// <param name="token">The group that the client was with.</param>
    public TargetPool? Next(string? token = null)
    {
        if (token is not null && Keeps is not null && pools.FirstOrDefault(each => each.Pool.Token == token).Pool is { } kept)
        {
            return kept;
        }

        if (_total <= 0)
        {
            return null;
        }

        var at = (Interlocked.Increment(ref _turn) & int.MaxValue) % _total;
        foreach (var (pool, weight) in pools)
        {
            if ((at -= weight) < 0)
            {
                return pool;
            }
        }

        return null;
    }
}
