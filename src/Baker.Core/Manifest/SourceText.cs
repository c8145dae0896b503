using System.Text.Unicode;

namespace Baker.Core.Manifest;

/// <summary>The bytes of a manifest and the way from an offset to a line and column.</summary>
public sealed class SourceText
{
    private const int Block = 1024;

    private readonly byte[] _bytes;
    private readonly Lock _lock = new();
    private int[]? _lineStarts;
    private int[]? _lengths;

    public SourceText(string name, byte[] bytes)
    {
        Name = name;
        _bytes = bytes;
        Start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
    }

    /// <summary>What messages call this text: the path as the user gave it.</summary>
    public string Name { get; }

    /// <summary>Where the text begins: behind a byte order mark, if there is one.</summary>
    public int Start { get; }

    public int Length => _bytes.Length;

    /// <summary>Where all of it stands: of a text that is not the manifest's own. Null: where it does.</summary>
    internal Position? Place { get; init; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The first byte that is not UTF-8; -1 where all of them are.</summary>
    public int FirstInvalid()
    {
        ReadOnlySpan<byte> bytes = _bytes;
        if (Utf8.IsValid(bytes))
        {
            return -1;
        }

        var offset = 0;
        Span<char> buffer = stackalloc char[512];
        while (Utf8.ToUtf16(
            bytes[offset..],
            buffer,
            out var read,
            out _,
            replaceInvalidSequences: false,
            isFinalBlock: true) == System.Buffers.OperationStatus.DestinationTooSmall)
        {
            offset += read;
        }

        Utf8.ToUtf16(bytes[offset..], buffer, out var last, out _, replaceInvalidSequences: false, isFinalBlock: true);
        return offset + last;
    }

    public Position PositionOf(int offset)
    {
        if (Place is { } place)
        {
            return place;
        }

        var starts = LineStarts();
        var line = Array.BinarySearch(starts, offset);
        line = line < 0 ? ~line - 1 : line;
        var from = line == 0 ? Start : starts[line];
        return new Position(line + 1, 1 + Math.Max(0, Utf16Before(offset) - Utf16Before(from)));
    }

    /// <summary>How long the text before an offset is in UTF-16, without counting it all: a line may be the whole text.</summary>
    private int Utf16Before(int offset)
    {
        var lengths = _lengths ??= FindLengths();
        var block = offset / Block;
        return lengths[block] + Utf16Length(_bytes.AsSpan((block * Block)..offset));
    }

    // Counts leading bytes, and four-byte sequences twice, so that it also works in front of invalid bytes.
    private static int Utf16Length(ReadOnlySpan<byte> text)
    {
        var length = 0;
        foreach (var value in text)
        {
            length += (value & 0xC0) == 0x80 ? 0 : value >= 0xF0 ? 2 : 1;
        }

        return length;
    }

    private int[] LineStarts()
    {
        lock (_lock)
        {
            return _lineStarts ??= FindLineStarts();
        }
    }

    private int[] FindLineStarts()
    {
        var starts = new List<int> { 0 };
        for (var at = 0; ;)
        {
            var next = _bytes.AsSpan(at).IndexOf((byte)'\n');
            if (next < 0)
            {
                return [.. starts];
            }

            at += next + 1;
            starts.Add(at);
        }
    }

    /// <summary>How long the text before each block is.</summary>
    private int[] FindLengths()
    {
        var lengths = new int[(_bytes.Length / Block) + 1];
        for (var block = 1; block < lengths.Length; block++)
        {
            lengths[block] = lengths[block - 1] + Utf16Length(_bytes.AsSpan((block - 1) * Block, Block));
        }

        return lengths;
    }
}
