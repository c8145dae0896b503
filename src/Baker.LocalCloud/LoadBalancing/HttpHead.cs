using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The head of one HTTP/1.x message: its first line, its fields in order, and how its body is framed (RFC 9112).</summary>
internal sealed class HttpHead
{
    private HttpHead(string firstLine, List<KeyValuePair<string, string>> fields)
    {
        FirstLine = firstLine;
        Fields = fields;
    }

    public string FirstLine { get; }

    public List<KeyValuePair<string, string>> Fields { get; }

    public string? this[string name] => Fields.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The body's length in bytes where the sender told it; null where it did not.</summary>
    public long? ContentLength => long.TryParse(this["Content-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    public bool IsChunked => this["Transfer-Encoding"]?.Contains("chunked", StringComparison.OrdinalIgnoreCase) ?? false;

    public string Method => FirstLine[..Math.Max(0, FirstLine.IndexOf(' '))];

    /// <summary>The status of a response; 0 where the line is no status line.</summary>
    public int Status => FirstLine.Length >= 12 && int.TryParse(FirstLine.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;

    /// <summary>Whether the sender keeps the connection open after this message.</summary>
    public bool KeepsAlive => this["Connection"] is { } connection
        ? !connection.Contains("close", StringComparison.OrdinalIgnoreCase) && (IsVersion11 || connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase))
        : IsVersion11;

    private bool IsVersion11 => FirstLine.StartsWith("HTTP/1.1", StringComparison.Ordinal) || FirstLine.EndsWith("HTTP/1.1", StringComparison.Ordinal);

    public static HttpHead Parse(string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || !lines[0].Contains(' '))
        {
            throw new InvalidDataException("not an HTTP message");
        }

        var fields = new List<KeyValuePair<string, string>>(lines.Length);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            if (colon <= 0)
            {
                throw new InvalidDataException("a header field has no colon");
            }

            fields.Add(new(line[..colon].Trim(), line[(colon + 1)..].Trim()));
        }

        return new HttpHead(lines[0], fields);
    }

    public void Replace(string name, string value)
    {
        Remove(name);
        Fields.Add(new(name, value));
    }

    public void Remove(string name) => Fields.RemoveAll(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase));

    public byte[] ToBytes()
    {
        var text = new StringBuilder(FirstLine).Append("\r\n");
        foreach (var (name, value) in Fields)
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }
}
