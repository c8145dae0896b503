using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Systems.Records;

/// <summary>Pages of a listing that is not ordered by id: the token is a position.</summary>
internal static class Positions
{
    public static (List<T> Items, string? NextToken) Page<T>(List<T> all, int size, string? token)
    {
        var start = 0;
        if (token is not null && (!int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out start) || start > all.Count))
        {
            throw new CloudException("InvalidNextToken", "The token is not valid.");
        }

        var items = all.Skip(start).Take(size).ToList();
        return (items, start + items.Count < all.Count ? (start + items.Count).ToString(CultureInfo.InvariantCulture) : null);
    }
}
