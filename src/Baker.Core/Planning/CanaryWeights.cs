namespace Baker.Core.Planning;

/// <summary>How a share of the requests is given to a new fleet.</summary>
public static class CanaryWeights
{
    /// <summary>The greatest weight that a load balancer takes for a target group.</summary>
    public const int Most = 999;

    /// <summary>
    /// For each target group of an action what stays with it, and what the one beside it gets: nothing where it is another's.
    /// </summary>
    public static IReadOnlyList<(int Stays, int Moves)> Of(IReadOnlyList<(bool IsOurs, int Weight)> groups, int percent)
    {
        var exact = groups
            .Select(each => each.IsOurs
                ? (Stays: (long)each.Weight * (100 - percent), Moves: (long)each.Weight * percent)
                : (Stays: (long)each.Weight * 100, Moves: 0L))
            .ToList();
        var most = exact.Select(each => Math.Max(each.Stays, each.Moves)).DefaultIfEmpty(0).Max();
        return [.. exact.Select(each => (Fit(each.Stays), Fit(each.Moves)))];

        // What has a share keeps one.
        int Fit(long weight) => most <= Most ? (int)weight
            : weight == 0 ? 0
            : Math.Max(1, (int)Math.Round((double)weight * Most / most));
    }

    /// <summary>How many instances have about that share beside as many old ones, at most as many as those; at least one.</summary>
    public static int Instances(int old, int percent) => percent >= 100
        ? old
        : Math.Clamp((int)Math.Round((double)old * percent / (100 - percent)), Math.Min(1, old), old);
}
