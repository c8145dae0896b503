using System.Text;

namespace Baker.Core.Manifest;

/// <summary>Reads the small parts of a lenient JSON text: white space, comments, strings; the first mistake stops it.</summary>
internal ref struct TextCursor(SourceText source, int start, int end, DiagnosticBag diagnostics)
{
    private readonly ReadOnlySpan<byte> _text = source.Bytes[..end];
    private int _suspectString = -1;

    public int At { get; set; } = start;

    public readonly bool IsAtEnd => At >= _text.Length;

    public readonly byte Current => _text[At];

    public readonly ReadOnlySpan<byte> Text => _text;

    /// <summary>Reports the mistake that ends this reading.</summary>
    public readonly bool Fail(int offset, string message, string remedy)
    {
        if (_suspectString >= 0)
        {
            remedy +=
                $" The string that starts at {source.PositionOf(_suspectString)} runs over a line break: its closing quote may be missing.";
        }

        diagnostics.Error(DiagnosticCode.Syntax, offset, message, remedy);
        return false;
    }

    /// <summary>Skips white space and comments.</summary>
    public bool SkipTrivia()
    {
        while (At < _text.Length)
        {
            var value = _text[At];
            if (value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            {
                At++;
            }
            else if (value != '/')
            {
                return true;
            }
            else if (!SkipComment())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a string from its quote on; gives the bytes between the quotes.</summary>
    public bool ReadString(out int from, out int to, out bool plain)
    {
        var quote = _text[At];
        var opened = At;
        from = ++At;
        to = from;
        plain = true;
        var overLines = false;
        while (true)
        {
            var length = ByteScan.StringStop(_text[At..], quote);
            if (length < 0)
            {
                return Fail(opened, "The string that starts here never ends.", $"Close it with {(char)quote}.");
            }

            At += length;
            var stop = _text[At];
            if (stop == quote)
            {
                to = At++;
                _suspectString = overLines ? opened : _suspectString;
                return true;
            }

            plain = false;
            overLines |= stop == '\n';
            if (stop == '\\' && !CheckEscape())
            {
                return false;
            }

            At++;
        }
    }

    /// <summary>What stands here, for a message.</summary>
    public readonly string Describe()
    {
        if (IsAtEnd)
        {
            return "the end of the file";
        }

        var length = 0;
        while (At + length < _text.Length && length < 20 && IsWord(_text[At + length]))
        {
            length++;
        }

        if (length > 0)
        {
            return $"'{Encoding.UTF8.GetString(_text.Slice(At, length))}'";
        }

        Rune.DecodeFromUtf8(_text[At..], out var rune, out _);
        return rune.Value is > 32 and < 127 ? $"'{rune}'" : $"the character U+{rune.Value:X4}";
    }

    public static bool IsWord(byte value) =>
        value is >= (byte)'0' and <= (byte)'9' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' or (byte)'_' or (byte)'$';

    private bool SkipComment()
    {
        var opened = At;
        var kind = At + 1 < _text.Length ? _text[At + 1] : 0;
        if (kind == '/')
        {
            var length = _text[At..].IndexOfAny((byte)'\n', (byte)'\r');
            At = length < 0 ? _text.Length : At + length;
            return true;
        }

        if (kind != '*')
        {
            return Fail(At, "A single '/' is not JSON.", "A comment starts with // or /*; a text needs quotes.");
        }

        var close = _text[(At + 2)..].IndexOf("*/"u8);
        if (close < 0)
        {
            return Fail(opened, "The comment that starts here never ends.", "Close it with */.");
        }

        At += close + 4;
        return true;
    }

    private bool CheckEscape()
    {
        var kind = At + 1 < _text.Length ? (char)_text[At + 1] : '\0';
        if (kind == 'u')
        {
            for (var digit = At + 2; digit < At + 6; digit++)
            {
                if (digit >= _text.Length || !char.IsAsciiHexDigit((char)_text[digit]))
                {
                    return Fail(At, "\\u needs four hexadecimal digits.", "Write for example \\u00e9, or the character itself.");
                }
            }

            At += 5;
            return true;
        }

        if (!"\"'\\/bfnrt".Contains(kind, StringComparison.Ordinal) || kind == '\0')
        {
            return Fail(
                At,
                $"There is no escape \\{(kind is > ' ' and < (char)127 ? kind : ' ')}.",
                "Write \\\\ for a backslash; the escapes are \\\" \\' \\\\ \\/ \\b \\f \\n \\r \\t \\u0000.");
        }

        At++;
        return true;
    }
}
