using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.Objects;

/// <summary>Takes S3's <c>aws-chunked</c> bodies apart, whose chunks carry a signature and may end in trailers.</summary>
internal static class AwsChunks
{
    /// <exception cref="InvalidDataException">The body is not in chunks.</exception>
    public static byte[] Join(ReadOnlySpan<byte> body)
    {
        var whole = new MemoryStream();
        while (true)
        {
            var end = body.IndexOf("\r\n"u8);
            if (end < 0)
            {
                throw new InvalidDataException("a chunk has no size");
            }

            var line = Encoding.Latin1.GetString(body[..end]).Split(';')[0].Trim();
            if (!int.TryParse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size)
                || size < 0
                || size > body.Length - end - 2)
            {
                throw new InvalidDataException($"'{line}' is not the size of a chunk");
            }

            if (size == 0)
            {
                return whole.ToArray();
            }

            body = body[(end + 2)..];
            whole.Write(body[..size]);
            body = body[size..];
            if (body.StartsWith("\r\n"u8))
            {
                body = body[2..];
            }
        }
    }
}
