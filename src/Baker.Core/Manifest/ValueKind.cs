namespace Baker.Core.Manifest;

/// <summary>The kinds of JSON values.</summary>
public enum ValueKind : byte
{
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}
