namespace Baker.Core.Manifest;

/// <summary>
/// The name of a node group, known to have the shape <c>[A-Za-z0-9][A-Za-z0-9._-]{0,62}</c>: it needs no escaping in a file's
/// name, JSON, a shell or the name of anything on AWS. What a tag or a file says is a text until it is parsed.
/// </summary>
public readonly record struct GroupName
{
    private readonly string? _text;

    private GroupName(string text) => _text = text;

    public static bool IsOne(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(text[0]) && Shapes.IsOnly(text, "._-");

    /// <exception cref="FormatException">The text has another shape.</exception>
    public static GroupName Parse(string text) => IsOne(text)
        ? new GroupName(text)
        : throw new FormatException($"{Quoting.Quote(text)} cannot be the name of a group.");

    public override string ToString() => _text ?? "";

    public static implicit operator string(GroupName name) => name.ToString();
}
