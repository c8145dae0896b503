namespace Baker.Core.Manifest;

/// <summary>A place in a text, counted from 1; columns count UTF-16 units, as editors do.</summary>
public readonly record struct Position(int Line, int Column)
{
    public override string ToString() => $"{Line}:{Column}";
}
