namespace Baker.Core.Manifest;

/// <summary>Finds the name that a typo was meant to be.</summary>
public static class DidYouMean
{
    /// <summary>The nearest of the names, if it is near enough to be worth suggesting.</summary>
    public static string? Nearest(string typed, IEnumerable<string> names)
    {
        string? best = null;
        var limit = Math.Max(2, typed.Length / 3) + 1;
        foreach (var name in names)
        {
            var distance = Distance(typed.ToLowerInvariant(), name.ToLowerInvariant(), limit);
            if (distance < limit)
            {
                limit = distance;
                best = name;
            }
        }

        return best;
    }

    /// <summary>A sentence that suggests a name, or the fallback.</summary>
    public static string Suggest(string typed, IEnumerable<string> names, string otherwise) =>
        Nearest(typed, names) is { } name ? $"Did you mean {Quoting.Quote(name)}?" : otherwise;

    // Edit distance with swaps of neighbours; at most `limit`.
    private static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) >= limit)
        {
            return limit;
        }

        var older = new int[right.Length + 1];
        var old = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var row = 1; row <= left.Length; row++)
        {
            var current = new int[right.Length + 1];
            current[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var cost = left[row - 1] == right[column - 1] ? 0 : 1;
                current[column] = Math.Min(Math.Min(old[column] + 1, current[column - 1] + 1), old[column - 1] + cost);
                if (row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1])
                {
                    current[column] = Math.Min(current[column], older[column - 2] + 1);
                }
            }

            (older, old) = (old, current);
        }

        return old[right.Length];
    }
}
