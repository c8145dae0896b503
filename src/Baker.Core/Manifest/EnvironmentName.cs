namespace Baker.Core.Manifest;

/// <summary>The name of an environment: of the shape of a group's name, so that it needs no escaping anywhere either.</summary>
public readonly record struct EnvironmentName
{
    private readonly string? _text;

    private EnvironmentName(string text) => _text = text;

    /// <summary>What Chef calls it, which takes letters, digits, hyphens and underscores; a dot becomes an underscore.</summary>
    public string ChefName => ToString().Replace('.', '_');

    public static bool IsOne(ReadOnlySpan<char> text) => GroupName.IsOne(text);

    /// <exception cref="FormatException">The text has another shape.</exception>
    public static EnvironmentName Parse(string text) => IsOne(text)
        ? new EnvironmentName(text)
        : throw new FormatException($"{Quoting.Quote(text)} cannot be the name of an environment.");

    public override string ToString() => _text ?? "";

    public static implicit operator string(EnvironmentName name) => name.ToString();
}
