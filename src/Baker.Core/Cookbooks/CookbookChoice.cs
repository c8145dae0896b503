using System.Collections.Immutable;

namespace Baker.Core.Cookbooks;

/// <summary>The cookbooks and data bags that a run list needs.</summary>
/// <param name="DataBags">Null: any of them.</param>
public sealed record CookbookChoice(ImmutableArray<Cookbook> Cookbooks, ImmutableSortedSet<string>? DataBags)
{
    /// <summary>
    /// Follows the dependencies: a lock's where it has the cookbook, else those of the metadata. Where a cookbook's cannot be
    /// known all cookbooks are taken. One that the repository does not have is expected on the image.
    /// </summary>
    /// <param name="recipes">The run list's items that are no roles, those of roles included.</param>
    /// <exception cref="BakerException">The lock has a cookbook that is not vendored, or in another version.</exception>
    public static CookbookChoice Of(
        IEnumerable<string> recipes,
        IReadOnlyDictionary<string, Cookbook> known,
        CookbookLock? locked)
    {
        var taken = new SortedDictionary<string, Cookbook>(StringComparer.Ordinal);
        var isCertain = true;
        var open = new Queue<string>(recipes.Select(NameOf));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out var name))
        {
            if (!seen.Add(name))
            {
                continue;
            }

            var settled = locked?.Cookbooks.GetValueOrDefault(name);
            if (!known.TryGetValue(name, out var cookbook))
            {
                isCertain &= settled is null ? false : throw NotVendored(locked!, settled, null);
                continue;
            }

            if (settled is not null && cookbook.Metadata?.Version is { } version && settled.Version is { } wanted && version != wanted)
            {
                throw NotVendored(locked!, settled, cookbook);
            }

            taken[name] = cookbook;
            foreach (var needed in (settled ?? cookbook.Metadata)?.Dependencies ?? [.. known.Keys])
            {
                open.Enqueue(needed);
            }
        }

        var bags = isCertain ? taken.Values.Select(cookbook => cookbook.DataBags).ToArray() : [DataBagUse.Unknown];
        return new CookbookChoice(
            [.. taken.Values],
            Array.TrueForAll(bags, use => use.IsCertain) ? [.. bags.SelectMany(use => use.Names)] : null);
    }

    /// <summary><c>recipe[nginx::source@1.2.0]</c> is of <c>nginx</c>.</summary>
    private static string NameOf(string item)
    {
        var recipe = item.StartsWith("recipe[", StringComparison.Ordinal) ? item[7..].TrimEnd(']') : item;
        return recipe.Split("::")[0].Split('@')[0];
    }

    private static BakerException NotVendored(CookbookLock locked, CookbookMetadata settled, Cookbook? found) => new(
        ExitCode.BadInput,
        found is null
            ? $"{locked.File} has the cookbook {settled.Name} {settled.Version}, and it is in no cookbooks folder."
            : $"{found.Folder} is {settled.Name} {found.Metadata!.Version}, and {locked.File} has version {settled.Version}.",
        $"Vendor what the lock says: {locked.Vendoring}");
}
