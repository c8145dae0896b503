namespace Baker.Core.Manifest;

/// <summary>Parsed values in document order, flat; reused from group to group, so that ten thousand cost no more memory than one.</summary>
public sealed class ValueTape
{
    private TapeEntry[] _entries = new TapeEntry[512];

    internal ValueTape(SourceText source)
    {
        Source = source;
    }

    public SourceText Source { get; }

    internal int Count { get; private set; }

    internal ref TapeEntry this[int index] => ref _entries[index];

    internal void Clear() => Count = 0;

    internal int Add(ValueKind kind, int start, int end, bool plain)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count] = new TapeEntry { Kind = kind, Start = start, End = end, Next = Count + 1, IsPlain = plain };
        return Count++;
    }
}
