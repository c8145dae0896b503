namespace Baker.Sdk.Generator.Models;

/// <summary>The members of a JSON object, in document order.</summary>
internal sealed class JsonObject
{
    private readonly Dictionary<string, object?> _members = new(StringComparer.Ordinal);

    public List<string> Names { get; } = new();

    public void Add(string name, object? value)
    {
        Names.Add(name);
        _members.Add(name, value);
    }

    public bool Has(string name) => _members.ContainsKey(name);

    public string? Text(string name) => _members.TryGetValue(name, out var value) ? value as string : null;

    public bool Flag(string name) => _members.TryGetValue(name, out var value) && value is true;

    public JsonObject? Object(string name) => _members.TryGetValue(name, out var value) ? value as JsonObject : null;

    /// <summary>The strings of a list, or the one string that stands in its place.</summary>
    public IReadOnlyList<string> Texts(string name) => _members.TryGetValue(name, out var value)
        ? value is string one ? new[] { one } : value is List<object?> many ? many.OfType<string>().ToList() : Array.Empty<string>()
        : Array.Empty<string>();
}
