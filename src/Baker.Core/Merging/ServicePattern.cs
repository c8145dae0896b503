using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Tells from an item of a run list which service it brings: an item such as <c>recipe[seatgeek-service::*]</c>, whose star stands for
/// the name. A recipe named <c>default</c>, those that begin with <c>delete-</c>, which take a service away, and those by which a node's
/// services are collected, announced and withdrawn bring none.
/// </summary>
/// <param name="Place">Where the manifest has it.</param>
internal sealed record ServicePattern(string Text, Position Place)
{
    private const string Recipe = "recipe";
    private const string Removal = "delete-";

    /// <summary>What stands in the star's place; null where the item is not of this form.</summary>
    public string? NameIn(string item)
    {
        var ((kind, pattern), (itemKind, text)) = (Parts(Text), Parts(item));
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        var (before, after) = (pattern[..star], pattern[(star + 1)..]);
        if (kind != itemKind
            || text.Length <= before.Length + after.Length
            || !text.StartsWith(before, StringComparison.Ordinal)
            || !text.EndsWith(after, StringComparison.Ordinal))
        {
            return null;
        }

        var name = text[before.Length..^after.Length];
        return name.Contains(':')
            || name == "default"
            || name.StartsWith(Removal, StringComparison.Ordinal)
            || ServiceRecipes.Names.Contains(name)
                ? null
                : name;
    }

    /// <summary>The recipe that takes a service away, and its cookbook; null where no recipe of one cookbook brings it.</summary>
    public (string Cookbook, string Recipe)? RemovalOf(string name)
    {
        var (kind, pattern) = Parts(Text);
        return kind == Recipe && pattern.Split("::") is [var cookbook, var recipe] && recipe.Contains('*')
            ? (cookbook, Removal + recipe.Replace("*", name, StringComparison.Ordinal))
            : null;
    }

    /// <summary>Whether an item names a recipe, of whatever cookbook, or the cookbook's only one.</summary>
    public static bool IsOf(string recipe, string item) =>
        Parts(item) is (Recipe, var name) && (name == $"{recipe}::default" || name.Split("::")[^1] == recipe);

    /// <summary>What kind of item it is, and what it names, without a version: a bare name is a recipe's.</summary>
    private static (string Kind, string Name) Parts(string item)
    {
        var open = item.IndexOf('[', StringComparison.Ordinal);
        var (kind, name) = open < 0 ? (Recipe, item) : (item[..open], item[(open + 1)..].TrimEnd(']'));
        return (kind, name.Split('@')[0]);
    }
}
