using System.Collections.Immutable;

namespace Baker.Core.Resources;

/// <summary>How the resources of two environments differ, as the manifest has them.</summary>
public static class EnvironmentDifferences
{
    public static ImmutableArray<(Resource Resource, string What)> Of(ImmutableArray<Resource> left, ImmutableArray<Resource> right)
    {
        var others = right.ToDictionary(each => (each.Kind, each.Key));
        var mine = left.ToDictionary(each => (each.Kind, each.Key));
        return
        [
            .. left.Where(each => !others.ContainsKey((each.Kind, each.Key))).Select(each => (each, "only in the first")),
            .. right.Where(each => !mine.ContainsKey((each.Kind, each.Key))).Select(each => (each, "only in the second")),
            .. left.Where(each => others.ContainsKey((each.Kind, each.Key)))
                .Select(each => (each, string.Join("; ", Changes(each, others[(each.Kind, each.Key)]))))
                .Where(each => each.Item2.Length > 0),
        ];
    }

    private static IEnumerable<Difference> Changes(Resource left, Resource right) => left.Kind == ResourceKind.Services
        ? ServiceResources.Differences(left, right)
        : left.Values.Keys
            .Concat(right.Values.Keys)
            .Concat(left.Fixed.Keys)
            .Distinct()
            .Where(name => left[name] != right[name])
            .Select(name => name == "endpoint"
                ? new Difference(name, SubscriptionEndpoint.Shown(left[name]), SubscriptionEndpoint.Shown(right[name]))
                : new Difference(name, left[name], right[name]));
}
