using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>One resource as the manifest has it: its key, and what holds of it.</summary>
public sealed record ResourceEntry(ManifestValue Key, ManifestValue Value)
{
    public string Name { get; } = Key.Text;

    /// <summary>A text that it has under that name; null where it has none, or something else.</summary>
    public string? Text(ReadOnlySpan<byte> name) => Value.Find(name) is { Kind: ValueKind.String } found ? found.Text : null;

    public bool IsTrue(ReadOnlySpan<byte> name) => Value.Find(name) is { Kind: ValueKind.True };

    /// <summary>A text, or the texts of a list.</summary>
    public IEnumerable<ManifestValue> Texts(ReadOnlySpan<byte> name) => ResourceValues.Texts(Value.Find(name));
}
