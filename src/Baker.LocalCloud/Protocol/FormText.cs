using System.Net;
using System.Text;

namespace Baker.LocalCloud.Protocol;

/// <summary>Reads application/x-www-form-urlencoded text.</summary>
internal static class FormText
{
    /// <summary>The parameters, each read when it is asked for.</summary>
    /// <exception cref="WireException">There are more than a request may hold.</exception>
    public static IEnumerable<(string Name, string Value)> Read(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span);
        var (at, read) = (0, 0);
        while (at < text.Length)
        {
            var end = text.IndexOf('&', at);
            end = end < 0 ? text.Length : end;
            if (end > at)
            {
                RequestSize.Check(++read);
                var equals = text.IndexOf('=', at, end - at);
                yield return equals < 0
                    ? (WebUtility.UrlDecode(text[at..end]), "")
                    : (WebUtility.UrlDecode(text[at..equals]), WebUtility.UrlDecode(text[(equals + 1)..end]));
            }

            at = end + 1;
        }
    }
}
