using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Reads which services a merged group provides and needs. What has a wrong form is left out: that is told elsewhere.</summary>
internal static class MergedServices
{
    public static ImmutableArray<ProvidedService> Provided(MergedGroup group)
    {
        if (group.Find("provides"u8) is null && group.Find("services_from"u8) is null)
        {
            return [];
        }

        var brought = Brought(group).Where(each => ServiceName.IsOne(each.Name)).DistinctBy(each => each.Name).ToList();
        var provided = ImmutableArray.CreateBuilder<ProvidedService>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in Properties(group.Find("provides"u8)))
        {
            var name = property.Name.Text;
            if (named.Add(name) && property.Value.Kind == ValueKind.Object)
            {
                provided.Add(new ProvidedService(ServiceName.Parse(name), property.Name.Position)
                {
                    Port = property.Value.Find("port"u8) is { } port && port.TryGetInteger(out var number) ? (int)number : null,
                    Check = property.Value.Find("check"u8) is { Kind: ValueKind.String } check ? check.Text : null,
                    RunListItem = brought.Find(each => each.Name == name) is (not null, var item) ? item.Text : null,
                });
            }
        }

        foreach (var (name, item) in brought.Where(each => named.Add(each.Name)))
        {
            provided.Add(new ProvidedService(ServiceName.Parse(name), item.Position) { RunListItem = item.Text });
        }

        return provided.ToImmutable();
    }

    public static ImmutableArray<NeededService> Needed(MergedGroup group) =>
    [
        .. Properties(group.Find("needs"u8))
            .Where(property => property.Value.Kind == ValueKind.Object)
            .Select(property => new NeededService(
                ServiceName.Parse(property.Name.Text),
                property.Value.Find("optional"u8) is { Kind: ValueKind.True },
                property.Name.Position)),
    ];

    /// <summary>The names that the patterns find in the run list, of any form.</summary>
    public static IEnumerable<(string Name, ManifestValue Item)> Brought(MergedGroup group)
    {
        var patterns = Patterns(group).ToList();
        foreach (var item in patterns.Count == 0 ? [] : RunList(group))
        {
            if (patterns.Select(pattern => pattern.NameIn(item.Text)).FirstOrDefault(name => name is not null) is { } name)
            {
                yield return (name, item);
            }
        }
    }

    public static IEnumerable<ServicePattern> Patterns(MergedGroup group) => Items(group.Find("services_from"u8))
        .Where(item => Shapes.IsServicePattern(item.Text))
        .Select(item => new ServicePattern(item.Text, item.Position));

    /// <summary>The items of the run list that a pattern finds a name in.</summary>
    public static bool Finds(MergedGroup group, ServicePattern pattern) =>
        RunList(group).Any(item => pattern.NameIn(item.Text) is not null);

    /// <summary>Whether a Chef run on its nodes has services to look up or to announce.</summary>
    public static bool HaveChefRun(MergedGroup group) =>
        group.Find("config"u8) is { Kind: ValueKind.True }
        && RunList(group).Any()
        && (!Provided(group).IsEmpty || !Needed(group).IsEmpty);

    /// <summary>The recipes that its run list does not name, of whatever cookbook.</summary>
    public static List<(ManifestValue Attribute, ManifestValue List)> Lacking(MergedGroup group, ServiceRecipes recipes) =>
    [
        .. recipes.All
            .Where(recipe => !RunList(group).Any(item => ServicePattern.IsOf(recipe.Name, item.Text)))
            .Select(recipe => (recipe.Attribute, recipe.List)),
    ];

    public static IEnumerable<ManifestValue> RunList(MergedGroup group) =>
        Items(group.Find("run_list"u8)).Concat(Items(group.Find("post_run_list"u8)));

    private static IEnumerable<ManifestValue> Items(MergedAttribute? attribute) => attribute switch
    {
        { Kind: ValueKind.String } one => [one.Winner],
        { Kind: ValueKind.Array } list => list.Items.Select(item => item.Value).Where(item => item.Kind == ValueKind.String),
        _ => [],
    };

    private static IEnumerable<LayeredProperty> Properties(MergedAttribute? attribute) => attribute is { Kind: ValueKind.Object } map
        ? map.Properties.Where(property => ServiceName.IsOne(property.Name.Text))
        : [];
}
