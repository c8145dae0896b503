using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Stores;

/// <summary>Pages of a listing, as the services of data stores cut them.</summary>
internal static class StorePages
{
    private const int Least = 20;
    private const int Most = 100;

    /// <exception cref="CloudException">The size is none.</exception>
    public static (List<T> Items, string? Marker) Page<T>(IEnumerable<T> all, Func<T, string> id, int? size, string? marker)
    {
        if (size is < Least or > Most)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid value {size} for MaxRecords. Must be between {Least} and {Most}");
        }

        var ordered = all.OrderBy(id, StringComparer.Ordinal).ToList();
        return Paging.Page(
            after => ordered.Where(each => after is null || string.CompareOrdinal(id(each), after) > 0),
            id,
            size ?? Most,
            string.IsNullOrEmpty(marker) ? null : marker);
    }
}
