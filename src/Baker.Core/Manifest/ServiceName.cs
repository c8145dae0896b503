namespace Baker.Core.Manifest;

/// <summary>
/// The name of a service that groups provide and need: of the shape of a group's name, so that it needs no escaping in a parameter's
/// name, in JSON, in a shell or in a configuration file.
/// </summary>
public readonly record struct ServiceName
{
    private readonly string? _text;

    private ServiceName(string text) => _text = text;

    public static bool IsOne(ReadOnlySpan<char> text) => GroupName.IsOne(text);

    /// <exception cref="FormatException">The text has another shape.</exception>
    public static ServiceName Parse(string text) => IsOne(text)
        ? new ServiceName(text)
        : throw new FormatException($"{Quoting.Quote(text)} cannot be the name of a service.");

    /// <summary>The variable in which nodes have where it is: <c>API_WORKERS_NODES</c>.</summary>
    internal string Variable =>
        string.Concat(ToString().ToUpperInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')) + "_NODES";

    public override string ToString() => _text ?? "";

    public static implicit operator string(ServiceName name) => name.ToString();
}
