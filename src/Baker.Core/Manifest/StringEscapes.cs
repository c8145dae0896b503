using System.Globalization;
using System.Text;

namespace Baker.Core.Manifest;

/// <summary>JSON's string escapes, both ways; what it writes is what Python and JavaScript write.</summary>
public static class StringEscapes
{
    private const string Hex = "0123456789abcdef";

    /// <summary>The text of the bytes between a string's quotes; the escapes were checked when it was read.</summary>
    internal static string Decode(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(raw.Length);
        while (!raw.IsEmpty)
        {
            var escape = raw.IndexOf((byte)'\\');
            text.Append(Encoding.UTF8.GetString(escape < 0 ? raw : raw[..escape]));
            if (escape < 0)
            {
                break;
            }

            var kind = (char)raw[escape + 1];
            raw = raw[(escape + 2)..];
            if (kind == 'u')
            {
                text.Append((char)int.Parse(raw[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                raw = raw[4..];
                continue;
            }

            text.Append(kind switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => kind });
        }

        return text.ToString();
    }

    /// <summary>Writes a text between quotes; a lone surrogate, which UTF-8 cannot hold, stays an escape.</summary>
    public static void AppendQuoted(StringBuilder json, string text)
    {
        json.Append('"');
        for (var at = 0; at < text.Length; at++)
        {
            var value = text[at];
            if (char.IsSurrogate(value))
            {
                if (char.IsHighSurrogate(value) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                {
                    json.Append(value).Append(text[++at]);
                    continue;
                }

                AppendHex(json, value);
                continue;
            }

            switch (value)
            {
                case '"': json.Append("\\\""); break;
                case '\\': json.Append("\\\\"); break;
                case '\b': json.Append("\\b"); break;
                case '\f': json.Append("\\f"); break;
                case '\n': json.Append("\\n"); break;
                case '\r': json.Append("\\r"); break;
                case '\t': json.Append("\\t"); break;
                case < ' ': AppendHex(json, value); break;
                default: json.Append(value); break;
            }
        }

        json.Append('"');
    }

    private static void AppendHex(StringBuilder json, char value) =>
        json.Append("\\u").Append(Hex[value >> 12]).Append(Hex[(value >> 8) & 15]).Append(Hex[(value >> 4) & 15]).Append(Hex[value & 15]);
}
