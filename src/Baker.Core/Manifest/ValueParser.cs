namespace Baker.Core.Manifest;

/// <summary>Reads one JSON value of a text onto a tape, as leniently as Newtonsoft.Json, keeping every spelling.</summary>
internal ref struct ValueParser
{
    /// <summary>Newtonsoft.Json's limit too; what is deeper is a mistake or an attack on the stack.</summary>
    public const int MaxDepth = 64;

    private readonly ValueTape _tape;
    private readonly DiagnosticBag _diagnostics;
    private TextCursor _cursor;

    private ValueParser(ValueTape tape, int start, int end, DiagnosticBag diagnostics)
    {
        _tape = tape;
        _diagnostics = diagnostics;
        _cursor = new TextCursor(tape.Source, start, end, diagnostics);
    }

    /// <summary>Reads the value in that range; null when its syntax is wrong, which is then among the diagnostics.</summary>
    public static ManifestValue? Parse(ValueTape tape, int start, int end, DiagnosticBag diagnostics)
    {
        var parser = new ValueParser(tape, start, end, diagnostics);
        var root = tape.Count;
        if (!parser._cursor.SkipTrivia() || !parser.ReadValue(1))
        {
            return null;
        }

        if (!parser._cursor.SkipTrivia())
        {
            return null;
        }

        if (!parser._cursor.IsAtEnd)
        {
            parser._cursor.Fail(
                parser._cursor.At,
                $"A comma is missing in front of {parser._cursor.Describe()}.",
                "Separate values with commas.");
            return null;
        }

        return new ManifestValue(tape, root);
    }

    private bool ReadValue(int depth)
    {
        if (_cursor.IsAtEnd)
        {
            return _cursor.Fail(_cursor.At, "A value is missing at the end.", "Write a value, or remove what needs one.");
        }

        switch (_cursor.Current)
        {
            case (byte)'"' or (byte)'\'':
                return ReadString();
            case (byte)'{':
                return CheckDepth(depth) && ReadObject(depth);
            case (byte)'[':
                return CheckDepth(depth) && ReadArray(depth);
            case (byte)',' or (byte)'}' or (byte)']':
                return _cursor.Fail(
                    _cursor.At,
                    $"A value is missing in front of {_cursor.Describe()}.",
                    "Write a value, or remove the superfluous comma or colon.");
            default:
                return ReadWord();
        }
    }

    private readonly bool CheckDepth(int depth)
    {
        if (depth <= MaxDepth)
        {
            return true;
        }

        _diagnostics.Error(
            DiagnosticCode.TooDeep,
            _cursor.At,
            $"Values are nested more than {MaxDepth} levels deep here.",
            "Flatten the value; no Chef attribute needs that depth.");
        return false;
    }

    private bool ReadString()
    {
        if (!_cursor.ReadString(out var from, out var to, out var plain))
        {
            return false;
        }

        _tape.Add(ValueKind.String, from, to, plain);
        return true;
    }

    private bool ReadArray(int depth)
    {
        var array = _tape.Add(ValueKind.Array, _cursor.At, _cursor.At + 1, plain: true);
        _cursor.At++;
        while (true)
        {
            if (!_cursor.SkipTrivia())
            {
                return false;
            }

            if (!_cursor.IsAtEnd && _cursor.Current == ']')
            {
                break;
            }

            if (!ReadValue(depth + 1) || !ReadSeparator(']', array))
            {
                return false;
            }
        }

        return Close(array);
    }

    private bool ReadObject(int depth)
    {
        var item = _tape.Add(ValueKind.Object, _cursor.At, _cursor.At + 1, plain: true);
        _cursor.At++;
        var count = 0;
        while (true)
        {
            if (!_cursor.SkipTrivia())
            {
                return false;
            }

            if (!_cursor.IsAtEnd && _cursor.Current == '}')
            {
                break;
            }

            if (!ReadName() || !ReadColon() || !ReadValue(depth + 1) || !ReadSeparator('}', item))
            {
                return false;
            }

            count++;
        }

        Close(item);
        DuplicateKeys.Report(new ManifestValue(_tape, item), count, _diagnostics);
        return true;
    }

    private bool Close(int container)
    {
        _cursor.At++;
        _tape[container].End = _cursor.At;
        _tape[container].Next = _tape.Count;
        return true;
    }

    private bool ReadName()
    {
        if (!_cursor.IsAtEnd && _cursor.Current is (byte)'"' or (byte)'\'')
        {
            return ReadString();
        }

        // Newtonsoft.Json reads names without quotes, so this does.
        var start = _cursor.At;
        while (!_cursor.IsAtEnd && TextCursor.IsWord(_cursor.Current))
        {
            _cursor.At++;
        }

        if (_cursor.At == start)
        {
            return _cursor.Fail(
                start,
                $"A name in quotes is expected here, not {_cursor.Describe()}.",
                "Write \"name\": value, and separate such pairs with commas.");
        }

        _tape.Add(ValueKind.String, start, _cursor.At, plain: true);
        return true;
    }

    private bool ReadColon()
    {
        if (!_cursor.SkipTrivia())
        {
            return false;
        }

        if (_cursor.IsAtEnd || _cursor.Current != ':')
        {
            return _cursor.Fail(_cursor.At, $"A colon is expected behind a name, not {_cursor.Describe()}.", "Write \"name\": value.");
        }

        _cursor.At++;
        return _cursor.SkipTrivia();
    }

    private bool ReadSeparator(char close, int container)
    {
        if (!_cursor.SkipTrivia())
        {
            return false;
        }

        if (_cursor.IsAtEnd)
        {
            return _cursor.Fail(_tape[container].Start, $"What opens here is never closed with '{close}'.", $"Add '{close}' at its end.");
        }

        if (_cursor.Current == ',')
        {
            _cursor.At++;
            return true;
        }

        return _cursor.Current == close
            || _cursor.Fail(
                _cursor.At,
                $"A comma or '{close}' is expected here, not {_cursor.Describe()}.",
                "Separate values with commas; close every bracket with its own kind.");
    }

    private bool ReadWord()
    {
        var start = _cursor.At;
        while (!_cursor.IsAtEnd && (TextCursor.IsWord(_cursor.Current) || _cursor.Current is (byte)'.' or (byte)'+' or (byte)'-'))
        {
            _cursor.At++;
        }

        var word = _cursor.Text[start.._cursor.At];
        if (word.IsEmpty)
        {
            return _cursor.Fail(start, $"A value cannot start with {_cursor.Describe()}.", "Put texts in quotes.");
        }

        var kind = NumberSpelling.IsNumber(word) ? ValueKind.Number
            : word.SequenceEqual("true"u8) ? ValueKind.True
            : word.SequenceEqual("false"u8) ? ValueKind.False
            : word.SequenceEqual("null"u8) ? ValueKind.Null
            : (ValueKind?)null;
        if (kind is null)
        {
            return _cursor.Fail(start, NumberSpelling.WhyNot(word), NumberSpelling.Remedy(word));
        }

        _tape.Add(kind.GetValueOrDefault(), start, _cursor.At, plain: true);
        return true;
    }
}
