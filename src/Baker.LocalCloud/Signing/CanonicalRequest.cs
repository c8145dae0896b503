using System.Globalization;
using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>A request in the one spelling that both sides sign (Signature Version 4).</summary>
internal static class CanonicalRequest
{
    public const string SignatureParameter = "X-Amz-Signature";

    /// <param name="request">The request; of a presigned one, the signature is left out.</param>
    /// <param name="signedHeaders">Names as they stand in the request, in lower case with semicolons between.</param>
    /// <param name="bodyHash">The SHA-256 of the body, or what stands for it.</param>
    /// <param name="isObject">S3 signs paths as they are sent; for the others their escapes are escaped again.</param>
    public static byte[] Of(CloudRequest request, string signedHeaders, string bodyHash, bool isObject)
    {
        var text = new StringBuilder(512).Append(request.Method).Append('\n');
        Escape(text, request.Path.Length == 0 ? "/" : request.Path, isPath: true, undoes: isObject);
        text.Append('\n').Append(Query(request.Query)).Append('\n');
        foreach (var name in signedHeaders.Split(';'))
        {
            text.Append(name).Append(':');
            AppendWords(text, request[name] ?? "");
            text.Append('\n');
        }

        return Encoding.Latin1.GetBytes(text.Append('\n').Append(signedHeaders).Append('\n').Append(bodyHash).ToString());
    }

    /// <summary>Spaces at the ends are left out, and of several together all but one.</summary>
    private static void AppendWords(StringBuilder text, string value)
    {
        var isLater = false;
        foreach (var word in value.AsSpan().Split(' '))
        {
            if (word.Start.Value != word.End.Value)
            {
                text.Append(isLater ? " " : "").Append(value.AsSpan(word));
                isLater = true;
            }
        }
    }

    private static string Query(string query)
    {
        if (query.Length == 0)
        {
            return "";
        }

        var pairs = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Escaped(pair[0]), Value: pair.Length > 1 ? Escaped(pair[1]) : ""))
            .Where(pair => pair.Name != SignatureParameter)
            .ToArray();
        Array.Sort(pairs, static (one, other) => string.CompareOrdinal(one.Name, other.Name) is var order and not 0
            ? order
            : string.CompareOrdinal(one.Value, other.Value));
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    private static string Escaped(string part)
    {
        var text = new StringBuilder(part.Length + 16);
        Escape(text, part, isPath: false, undoes: true);
        return text.ToString();
    }

    /// <summary>Escapes every byte that cannot stand for itself; where it first undoes escapes, all spellings come out the same.</summary>
    private static void Escape(StringBuilder text, string part, bool isPath, bool undoes)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        for (var i = 0; i < bytes.Length; i++)
        {
            var letter = bytes[i];
            if (undoes
                && letter == '%'
                && i + 2 < bytes.Length
                && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var meant))
            {
                letter = meant;
                i += 2;
            }
            else if (undoes && !isPath && letter == '+')
            {
                letter = (byte)' ';
            }

            if (char.IsAsciiLetterOrDigit((char)letter)
                || letter is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                || (isPath && letter == '/'))
            {
                text.Append((char)letter);
            }
            else
            {
                text.Append('%').Append(letter.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
    }
}
