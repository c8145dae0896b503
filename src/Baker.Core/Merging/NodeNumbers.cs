using System.Globalization;

namespace Baker.Core.Merging;

/// <summary>
/// The names of a group's nodes, which differ by a number: nodes that stay keep theirs, new ones get the lowest that are free.
/// </summary>
/// <param name="Before">What stands in front of the number.</param>
/// <param name="After">What stands behind it.</param>
public sealed record NodeNumbers(string Before, string After)
{
    /// <summary>The names to give.</summary>
    /// <param name="nodes">The nodes that there are, with their names now.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Missing(
        IEnumerable<(string Id, string Name, DateTimeOffset Launched, bool IsAlone)> nodes)
    {
        // Of two with one number the older keeps it.
        var ordered = nodes.OrderBy(node => node.Launched).ThenBy(node => node.Id, StringComparer.Ordinal).ToList();
        var taken = new HashSet<int>();
        var without = new List<string>();
        foreach (var (id, name, _, _) in ordered.OrderByDescending(node => node.IsAlone))
        {
            if (!(NumberOf(name) is { } number && taken.Add(number)))
            {
                without.Add(id);
            }
        }

        var alone = ordered.Where(node => node.IsAlone).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        var next = 1;
        var names = new List<KeyValuePair<string, string>>();
        foreach (var id in without.Where(id => !alone.Contains(id)))
        {
            while (!taken.Add(next))
            {
                next++;
            }

            names.Add(new(id, string.Create(CultureInfo.InvariantCulture, $"{Before}{next}{After}")));
        }

        return names;
    }

    private int? NumberOf(string name) =>
        name.Length > Before.Length + After.Length
        && name.StartsWith(Before, StringComparison.Ordinal)
        && name.EndsWith(After, StringComparison.Ordinal)
        && name[Before.Length] != '0'
        && int.TryParse(
            name.AsSpan(Before.Length, name.Length - Before.Length - After.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number) ? number : null;
}
