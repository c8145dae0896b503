using System.Numerics;

namespace Baker.Core.Manifest;

/// <summary>Finds the top-level keys and where their values are, without reading the values: what makes one group of ten
/// thousand readable by itself, and one group's mistake not hide the others'.</summary>
internal ref struct OutlineReader
{
    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly List<OutlineEntry> _entries = [];
    private readonly ValueTape _name;
    private TextCursor _cursor;

    private OutlineReader(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _diagnostics = diagnostics;
        _name = new ValueTape(source);
        _cursor = new TextCursor(source, source.Start, source.Length, diagnostics);
    }

    /// <summary>The top-level entries, in order; those in front of a mistake that hides the rest.</summary>
    public static List<OutlineEntry> Read(SourceText source, DiagnosticBag diagnostics)
    {
        var reader = new OutlineReader(source, diagnostics);
        reader.ReadDocument();
        return reader._entries;
    }

    private bool ReadDocument()
    {
        if (!_cursor.SkipTrivia())
        {
            return false;
        }

        if (_cursor.IsAtEnd)
        {
            _diagnostics.Error(
                DiagnosticCode.Empty,
                _source.Start,
                "The manifest is empty.",
                "Write at least {}; docs/manifest.md has an example.");
            return false;
        }

        if (_cursor.Current != '{')
        {
            return _cursor.Fail(
                _cursor.At,
                $"The manifest must start with '{{', not with {_cursor.Describe()}.",
                "Write one object whose keys are the groups.");
        }

        var opened = _cursor.At++;
        while (true)
        {
            if (!_cursor.SkipTrivia())
            {
                return false;
            }

            if (_cursor.IsAtEnd)
            {
                return _cursor.Fail(opened, "The manifest's first '{' is never closed.", "Add '}' at the end of the file.");
            }

            if (_cursor.Current == '}')
            {
                break;
            }

            if (!ReadEntry())
            {
                return false;
            }
        }

        _cursor.At++;
        return _cursor.SkipTrivia()
            && (_cursor.IsAtEnd || _cursor.Fail(
                _cursor.At,
                $"Nothing may follow the manifest's closing '}}', but {_cursor.Describe()} does.",
                "Remove what follows, or move it in front of the last '}'."));
    }

    private bool ReadEntry()
    {
        _name.Clear();
        var nameOffset = _cursor.At;
        if (_cursor.Current is (byte)'"' or (byte)'\'')
        {
            if (!_cursor.ReadString(out var from, out var to, out var plain))
            {
                return false;
            }

            _name.Add(ValueKind.String, from, to, plain);
        }
        else
        {
            while (!_cursor.IsAtEnd && TextCursor.IsWord(_cursor.Current))
            {
                _cursor.At++;
            }

            if (_cursor.At == nameOffset)
            {
                return _cursor.Fail(
                    nameOffset,
                    $"A group's name in quotes is expected here, not {_cursor.Describe()}.",
                    "Write \"name\": {...}, and separate groups with commas.");
            }

            _name.Add(ValueKind.String, nameOffset, _cursor.At, plain: true);
        }

        if (!_cursor.SkipTrivia())
        {
            return false;
        }

        if (_cursor.IsAtEnd || _cursor.Current != ':')
        {
            return _cursor.Fail(_cursor.At, $"A colon is expected behind a name, not {_cursor.Describe()}.", "Write \"name\": {...}.");
        }

        _cursor.At++;
        if (!_cursor.SkipTrivia())
        {
            return false;
        }

        var start = _cursor.At;
        if (!SkipValue())
        {
            return false;
        }

        _entries.Add(new OutlineEntry(new ManifestValue(_name, 0).Text, nameOffset, start, _cursor.At));
        return _cursor.SkipTrivia() && ReadSeparator();
    }

    private bool ReadSeparator()
    {
        if (!_cursor.IsAtEnd && _cursor.Current == ',')
        {
            _cursor.At++;
            return true;
        }

        return _cursor.IsAtEnd || _cursor.Current == '}'
            || _cursor.Fail(_cursor.At, $"A comma or '}}' is expected here, not {_cursor.Describe()}.", "Separate groups with commas.");
    }

    private bool SkipValue()
    {
        if (_cursor.IsAtEnd || _cursor.Current is (byte)',' or (byte)'}' or (byte)']')
        {
            return _cursor.Fail(_cursor.At, $"A value is missing in front of {_cursor.Describe()}.", "Write an object, such as {}.");
        }

        switch (_cursor.Current)
        {
            case (byte)'"' or (byte)'\'':
                return _cursor.ReadString(out _, out _, out _);
            case (byte)'{' or (byte)'[':
                return SkipBrackets();
            default:
                while (!_cursor.IsAtEnd && _cursor.Current is not ((byte)',' or (byte)'}' or (byte)']' or (byte)'/'
                    or (byte)'\n' or (byte)' ' or (byte)'\t' or (byte)'\r'))
                {
                    _cursor.At++;
                }

                return true;
        }
    }

    private bool SkipBrackets()
    {
        // Deeper than the reader goes, brackets are counted but not matched: the reader will refuse them.
        Span<int> opened = stackalloc int[ValueParser.MaxDepth];
        var depth = 0;
        while (!SkipPlain(opened, ref depth))
        {
            if (_cursor.IsAtEnd)
            {
                return _cursor.Fail(
                    opened[Math.Clamp(depth - 1, 0, ValueParser.MaxDepth - 1)],
                    "What opens here is never closed.",
                    "Add the closing bracket.");
            }

            switch (_cursor.Current)
            {
                case (byte)'"' or (byte)'\'':
                    if (!_cursor.ReadString(out _, out _, out _))
                    {
                        return false;
                    }

                    break;
                case (byte)'/':
                    if (!_cursor.SkipTrivia())
                    {
                        return false;
                    }

                    break;
                default:
                    var open = (char)_cursor.Text[opened[depth - 1]];
                    return _cursor.Fail(
                        _cursor.At,
                        $"'{(char)_cursor.Current}' cannot close the '{open}' that opened at {_source.PositionOf(opened[depth - 1])}.",
                        $"Write '{(open == '{' ? '}' : ']')}', or open with the other kind.");
            }
        }

        return true;
    }

    // Goes on by blocks as far as there are only brackets that match and strings without escapes, which is nearly all of a manifest.
    // True when the outermost bracket was closed; else the cursor is at what has to be looked at closely, or at the end.
    private bool SkipPlain(scoped Span<int> opened, ref int depth)
    {
        var text = _cursor.Text;
        var quote = -1; // where the string that this is inside of opened
        for (var at = _cursor.At; at < text.Length; at += ByteScan.Block)
        {
            ByteScan.Marks(text[at..], out var structure, out var stops);
            var left = quote < 0 ? structure : stops;
            while (left != 0)
            {
                var bit = BitOperations.TrailingZeroCount(left);
                var here = at + bit;
                var mark = text[here];
                if (quote >= 0)
                {
                    if (mark != '"')
                    {
                        _cursor.At = quote;
                        return false;
                    }

                    quote = -1;
                    left = structure & (uint.MaxValue << bit << 1);
                    continue;
                }

                switch (mark)
                {
                    case (byte)'"':
                        quote = here;
                        left = stops & (uint.MaxValue << bit << 1);
                        continue;
                    case (byte)'{' or (byte)'[':
                        if (depth < opened.Length)
                        {
                            opened[depth] = here;
                        }

                        depth++;
                        break;
                    case (byte)'}' or (byte)']' when depth > opened.Length || (mark == '}') == (text[opened[depth - 1]] == '{'):
                        depth--;
                        break;
                    default:
                        _cursor.At = here;
                        return false;
                }

                if (depth == 0)
                {
                    _cursor.At = here + 1;
                    return true;
                }

                left &= left - 1;
            }
        }

        _cursor.At = quote < 0 ? text.Length : quote;
        return false;
    }
}
