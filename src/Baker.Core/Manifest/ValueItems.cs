namespace Baker.Core.Manifest;

/// <summary>The items of an array, in order.</summary>
public struct ValueItems
{
    private readonly ValueTape _tape;
    private readonly int _end;
    private int _at;
    private int _next;

    internal ValueItems(ValueTape tape, int index)
    {
        _tape = tape;
        _end = tape[index].Kind == ValueKind.Array ? tape[index].Next : index + 1;
        _next = index + 1;
        _at = 0;
    }

    public readonly ManifestValue Current => new(_tape, _at);

    public readonly ValueItems GetEnumerator() => this;

    public readonly IReadOnlyList<ManifestValue> ToList()
    {
        var list = new List<ManifestValue>();
        foreach (var item in this)
        {
            list.Add(item);
        }

        return list;
    }

    public bool MoveNext()
    {
        if (_next >= _end)
        {
            return false;
        }

        _at = _next;
        _next = _tape[_at].Next;
        return true;
    }
}
