using System.Net;
using System.Text;

namespace Baker.LocalCloud.Protocol;

/// <summary>Reads application/x-www-form-urlencoded text.</summary>
internal static class FormText
{
    public static IEnumerable<(string Name, string Value)> Read(ReadOnlyMemory<byte> body)
    {
        foreach (var part in Encoding.UTF8.GetString(body.Span).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0
                ? (WebUtility.UrlDecode(part), "")
                : (WebUtility.UrlDecode(part[..equals]), WebUtility.UrlDecode(part[(equals + 1)..]));
        }
    }
}
