using System.Numerics;
using System.Runtime.Intrinsics;

namespace Baker.Core.Manifest;

/// <summary>Finds the bytes that end a run of JSON, 16 at a time. The framework's SearchValues does the same but is compiled anew
/// at every start, which costs more than a small manifest takes.</summary>
internal static class ByteScan
{
    /// <summary>How many bytes <see cref="Marks"/> looks at.</summary>
    public const int Block = 16;

    /// <summary>Of the first block of a text, a bit for each bracket, quote and slash, and one for each byte that may end a
    /// string in double quotes or needs a closer look in it: double quotes, backslashes, control characters.</summary>
    public static void Marks(ReadOnlySpan<byte> text, out uint structure, out uint stops)
    {
        if (text.Length < Block)
        {
            MarksAtEnd(text, out structure, out stops);
            return;
        }

        var bytes = Vector128.Create(text[..Block]);
        var quotes = Vector128.Equals(bytes, Vector128.Create((byte)'"'));
        var lower = bytes | Vector128.Create((byte)0x20); // [ and ] become { and }
        structure = (quotes | Vector128.Equals(lower, Vector128.Create((byte)'{')) | Vector128.Equals(lower, Vector128.Create((byte)'}'))
            | Vector128.Equals(bytes, Vector128.Create((byte)'\''))
            | Vector128.Equals(bytes, Vector128.Create((byte)'/'))).ExtractMostSignificantBits();
        stops = (quotes
            | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
            | Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)31)), bytes)).ExtractMostSignificantBits();
    }

    /// <summary>The first quote, backslash or control character of a string's inside; -1 when there is none. In single
    /// quotes, a double quote too, for it needs an escape in JSON.</summary>
    public static int StringStop(ReadOnlySpan<byte> text, byte quote)
    {
        var at = 0;
        var quotes = Vector128.Create(quote);
        while (text.Length - at >= Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(text.Slice(at, Vector128<byte>.Count));
            var stops = Vector128.Equals(bytes, quotes)
                | Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)31)), bytes);
            var found = stops.ExtractMostSignificantBits();
            if (found != 0)
            {
                return at + BitOperations.TrailingZeroCount(found);
            }

            at += Vector128<byte>.Count;
        }

        for (; at < text.Length; at++)
        {
            if (text[at] is < 32 or (byte)'"' or (byte)'\\' || text[at] == quote)
            {
                return at;
            }
        }

        return -1;
    }

    // The last bytes of a text, as a block of their own.
    private static void MarksAtEnd(ReadOnlySpan<byte> text, out uint structure, out uint stops)
    {
        Span<byte> block = stackalloc byte[Block];
        text.CopyTo(block);
        Marks(block, out structure, out stops);
        var within = (1U << text.Length) - 1;
        structure &= within;
        stops &= within;
    }
}
