using System.Collections.Immutable;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The target groups of one forward action: each gets its share of the requests, by weight.</summary>
internal sealed class WeightedPools(ImmutableArray<(TargetPool Pool, int Weight)> pools)
{
    private readonly int _total = pools.Sum(each => each.Weight);
    private int _turn = -1;

    /// <summary>Null where there is no group, or none with a weight.</summary>
    public TargetPool? Next()
    {
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
