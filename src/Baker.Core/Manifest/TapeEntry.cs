namespace Baker.Core.Manifest;

/// <summary>One value of a <see cref="ValueTape"/>: its bytes (of a string: without the quotes) and where its successor is.</summary>
internal struct TapeEntry
{
    public int Start;
    public int End;

    /// <summary>The index of the first entry that is not inside this one.</summary>
    public int Next;

    public ValueKind Kind;

    /// <summary>Of a string: its bytes are its JSON text as they stand, with nothing to unescape or to escape.</summary>
    public bool IsPlain;
}
