using Amazon.RDS.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Databases;

/// <summary>The filters of RDS: each has a name and values, one of which is to fit.</summary>
internal static class DatabaseFilters
{
    /// <summary>Those that fit every filter.</summary>
    /// <param name="known">Whether an item has one of the values, by a filter's name; null for one that the action does not know.</param>
    /// <exception cref="CloudException">The action does not know a filter.</exception>
    public static IEnumerable<T> Matching<T>(
        IEnumerable<T> all,
        List<Filter>? filters,
        Func<string, List<string>, Predicate<T>?> known)
    {
        var wanted = (filters ?? []).ConvertAll(filter => known(filter.Name, filter.Values ?? [])
            ?? throw new CloudException("InvalidParameterValue", $"Unrecognized filter name: {filter.Name}"));
        return all.Where(each => wanted.TrueForAll(fits => fits(each)));
    }
}
