using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.Protocol;

/// <summary>Takes S3's <c>aws-chunked</c> bodies apart, whose chunks carry a signature and may end in trailers.</summary>
internal static class AwsChunks
{
    /// <exception cref="InvalidDataException">The body is not in chunks.</exception>
    public static byte[] Join(ReadOnlySpan<byte> body)
    {
        var whole = new MemoryStream();
        while (Next(ref body, out _) is { Length: > 0 } data)
        {
            whole.Write(data);
        }

        return whole.ToArray();
    }

    /// <summary>The next chunk of a body, which then begins behind it; the last one is empty.</summary>
    /// <param name="body">What is left of the body.</param>
    /// <param name="extension">What follows the size, such as <c>chunk-signature=…</c>.</param>
    /// <exception cref="InvalidDataException">The body is not in chunks.</exception>
    public static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> body, out string extension)
    {
        var end = body.IndexOf("\r\n"u8);
        if (end < 0)
        {
            throw new InvalidDataException("a chunk has no size");
        }

        var line = Encoding.Latin1.GetString(body[..end]).Split(';', 2);
        if (!int.TryParse(line[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size)
            || size < 0
            || size > body.Length - end - 2)
        {
            throw new InvalidDataException($"'{line[0].Trim()}' is not the size of a chunk");
        }

        extension = line.ElementAtOrDefault(1)?.Trim() ?? "";
        var data = body.Slice(end + 2, size);
        body = body[(end + 2 + size)..];
        if (size > 0 && body.StartsWith("\r\n"u8))
        {
            body = body[2..];
        }

        return data;
    }
}
