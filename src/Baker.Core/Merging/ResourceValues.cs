using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Reads what may be one or several, and leaves out what is of the wrong kind: that is told elsewhere.</summary>
internal static class ResourceValues
{
    public static IEnumerable<ManifestValue> Texts(ManifestValue? value) => value switch
    {
        { Kind: ValueKind.String } one => [one],
        { Kind: ValueKind.Array } list => list.Items.ToList().Where(item => item.Kind == ValueKind.String),
        _ => [],
    };

    public static IEnumerable<ManifestValue> Objects(ManifestValue? value) => value is { Kind: ValueKind.Array } list
        ? list.Items.ToList().Where(item => item.Kind == ValueKind.Object)
        : [];

    public static IEnumerable<ValueProperty> Properties(ManifestValue? value) =>
        value is { Kind: ValueKind.Object } map ? map.Properties.ToList() : [];
}
