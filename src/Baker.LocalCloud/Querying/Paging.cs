using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Querying;

/// <summary>Cuts an ordered listing into pages; a token names the last item of the page before, so it outlives restarts.</summary>
internal static class Paging
{
    /// <param name="after">Gives the items that follow an id, in order; null starts.</param>
    public static (List<T> Items, string? NextToken) Page<T>(
        Func<string?, IEnumerable<T>> after,
        Func<T, string> id,
        int? size,
        string? token)
    {
        var items = new List<T>();
        foreach (var item in after(token is null ? null : Decode(token)))
        {
            if (items.Count == size)
            {
                return (items, Encode(id(items[^1])));
            }

            items.Add(item);
        }

        return (items, null);
    }

    private static string Encode(string id) => Convert.ToBase64String(Encoding.UTF8.GetBytes("after:" + id));

    private static string Decode(string token)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(token));
            if (text.StartsWith("after:", StringComparison.Ordinal))
            {
                return text["after:".Length..];
            }
        }
        catch (FormatException)
        {
        }

        throw new CloudException("InvalidNextToken", "The token is not valid.");
    }
}
