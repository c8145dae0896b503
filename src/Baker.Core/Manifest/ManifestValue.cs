using System.Globalization;
using System.Text;

namespace Baker.Core.Manifest;

/// <summary>A JSON value as the manifest spells it, and where; valid as long as its tape is not reused.</summary>
public readonly struct ManifestValue
{
    private readonly ValueTape _tape;

    internal ManifestValue(ValueTape tape, int index)
    {
        _tape = tape;
        Index = index;
    }

    public ValueKind Kind => _tape[Index].Kind;

    /// <summary>The first byte of the value; of a string, the first one behind its quote.</summary>
    public int Offset => _tape[Index].Start;

    public Position Position =>
        _tape.Source.PositionOf(Kind == ValueKind.String && Offset > 0 && IsQuote(_tape.Source.Bytes[Offset - 1]) ? Offset - 1 : Offset);

    public SourceText Source => _tape.Source;

    /// <summary>Of a string: its text. A lone surrogate in an escape stays one.</summary>
    public string Text => _tape[Index].IsPlain ? Encoding.UTF8.GetString(Raw) : StringEscapes.Decode(Raw);

    /// <summary>Of a number: exactly as it is written.</summary>
    public string Spelling => Encoding.UTF8.GetString(Raw);

    internal int Index { get; }

    internal ReadOnlySpan<byte> Raw => _tape.Source.Bytes[_tape[Index].Start.._tape[Index].End];

    internal bool IsPlain => _tape[Index].IsPlain;

    internal ManifestValue Sibling(int index) => new(_tape, index);

    public ValueItems Items => new(_tape, Index);

    public ValueProperties Properties => new(_tape, Index);

    public bool IsEmpty => _tape[Index].Next == Index + 1;

    public bool TryGetInteger(out long value)
    {
        value = 0;
        return Kind == ValueKind.Number && long.TryParse(Spelling, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The value of the property of that name, or null.</summary>
    public ManifestValue? Find(ReadOnlySpan<byte> name)
    {
        foreach (var (key, value) in Properties)
        {
            if (key.TextEquals(name))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The value of the property of that name; null also where that is <c>null</c>, which says that there is none.</summary>
    public ManifestValue? Given(ReadOnlySpan<byte> name) => Find(name) is { Kind: not ValueKind.Null } given ? given : null;

    /// <summary>The properties that are not <c>null</c>.</summary>
    public IReadOnlyList<ValueProperty> GivenProperties() =>
        [.. Properties.ToList().Where(property => property.Value.Kind != ValueKind.Null)];

    /// <summary>Whether this string's text is that one.</summary>
    public bool TextEquals(ReadOnlySpan<byte> text) => IsPlain ? Raw.SequenceEqual(text) : Text == Encoding.UTF8.GetString(text);

    public bool TextEquals(ManifestValue other) =>
        IsPlain && other.IsPlain ? Raw.SequenceEqual(other.Raw) : Text == other.Text;

    private static bool IsQuote(byte value) => value is (byte)'"' or (byte)'\'';
}
