using System.Text;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// How the headers of a request become text: byte by byte, as they came. Kestrel asks by a header's name, so that here is the
/// place where two of them can be seen before it has read them.
/// </summary>
internal static class HeaderEncoding
{
    /// <summary>Where Kestrel keeps a length that stood beside chunks.</summary>
    public const string KeptLength = "X-Content-Length";

    private static readonly Encoding s_digits = new Digits();
    private static readonly Encoding s_marked = new Marked();

    public static Encoding Of(string header) =>
        header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? s_digits
        : header.Equals(KeptLength, StringComparison.OrdinalIgnoreCase) ? s_marked
        : Encoding.Latin1;

    /// <summary>A value that the client has sent under the name of the kept length, as it was; null where Kestrel has kept it.</summary>
    public static string? Sent(string? value) => value is [.. var sent, Marked.Mark] ? sent : null;

    private abstract class Bytewise : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => throw new NotSupportedException();

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            throw new NotSupportedException();

        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetMaxCharCount(int byteCount) => byteCount + 1;
    }

    /// <summary>A length is digits (RFC 9110, section 8.6); Kestrel takes a sign for a part of one, and spaces within it.</summary>
    private sealed class Digits : Bytewise
    {
        public override int GetCharCount(byte[] bytes, int index, int count) => count;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

        // What is longer than there is room for is longer than a number, too.
        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            var length = Math.Min(bytes.Length, chars.Length);
            for (var i = 0; i < length; i++)
            {
                chars[i] = bytes[i] is >= (byte)'0' and <= (byte)'9' ? (char)bytes[i] : 'x';
            }

            return length;
        }
    }

    /// <summary>Adds a space, with which no value ends that came over the wire.</summary>
    private sealed class Marked : Bytewise
    {
        public const char Mark = ' ';

        public override int GetCharCount(byte[] bytes, int index, int count) => count + 1;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            if (bytes.Contains((byte)0))
            {
                // As in any other header: Kestrel refuses the request.
                throw new DecoderFallbackException();
            }

            var length = Latin1.GetChars(bytes, chars);
            chars[length] = Mark;
            return length + 1;
        }
    }
}
