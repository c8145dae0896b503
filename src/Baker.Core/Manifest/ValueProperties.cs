namespace Baker.Core.Manifest;

/// <summary>The properties of an object, in order.</summary>
public struct ValueProperties
{
    private readonly ValueTape _tape;
    private readonly int _end;
    private int _at;
    private int _next;

    internal ValueProperties(ValueTape tape, int index)
    {
        _tape = tape;
        _end = tape[index].Kind == ValueKind.Object ? tape[index].Next : index + 1;
        _next = index + 1;
        _at = 0;
    }

    public readonly ValueProperty Current => new(new(_tape, _at), new(_tape, _at + 1));

    public readonly ValueProperties GetEnumerator() => this;

    public readonly IReadOnlyList<ValueProperty> ToList()
    {
        var list = new List<ValueProperty>();
        foreach (var property in this)
        {
            list.Add(property);
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
        _next = _tape[_at + 1].Next;
        return true;
    }
}
