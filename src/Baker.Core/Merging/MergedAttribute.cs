using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>One attribute of a merged group: what the highest layer that has it says, and below it what that is merged with.</summary>
/// <param name="Winner">The value of the highest layer.</param>
/// <param name="Layer">Which layer that is.</param>
/// <param name="Lower">What the layers below came to, where it is part of the value: a list below a list, an object below an
/// object; else null.</param>
public sealed record MergedAttribute(ManifestValue Name, ManifestValue Winner, Layer Layer, MergedAttribute? Lower)
{
    /// <summary>The kind of what holds: lists and objects merge with their own kind, everything else is the highest layer's.</summary>
    public ValueKind Kind => Winner.Kind;

    /// <summary>Whether more than one layer is part of the value.</summary>
    public bool IsMerged => Lower is not null;

    /// <summary>A list's items: those of the lowest layer first.</summary>
    public IEnumerable<LayeredValue> Items
    {
        get
        {
            if (Lower is { } lower)
            {
                foreach (var item in lower.Items)
                {
                    yield return item;
                }
            }

            foreach (var item in Winner.Items)
            {
                yield return new LayeredValue(item, Layer);
            }
        }
    }

    /// <summary>
    /// An object's properties: those of the layers below in their places, each replaced whole where this layer has it, then
    /// its own.
    /// </summary>
    public IEnumerable<LayeredProperty> Properties
    {
        get
        {
            if (Lower is not { } lower)
            {
                foreach (var (name, value) in Winner.Properties)
                {
                    yield return new LayeredProperty(name, value, Layer);
                }

                yield break;
            }

            var below = lower.Lookup();
            var upper = new PropertyLookup(Winner, null);
            foreach (var property in lower.Properties)
            {
                yield return upper.Find(property.Name) is { } replacement
                    ? new LayeredProperty(property.Name, replacement, Layer)
                    : property;
            }

            foreach (var (name, value) in Winner.Properties)
            {
                if (below.Find(name) is null)
                {
                    yield return new LayeredProperty(name, value, Layer);
                }
            }
        }
    }

    /// <summary>An object's property of that name; null where it has none.</summary>
    public ManifestValue? Find(ReadOnlySpan<byte> name)
    {
        foreach (var property in Properties)
        {
            if (property.Name.TextEquals(name))
            {
                return property.Value;
            }
        }

        return null;
    }

    /// <summary>The attribute with a further layer on it, by the three rules; a <c>null</c> stands until all layers are there.</summary>
    internal MergedAttribute With(ManifestValue value, Layer layer) => new(
        Name,
        value,
        layer,
        value.Kind == Kind && Kind is ValueKind.Array or ValueKind.Object ? this : null);

    /// <summary>A list with one more below the lowest.</summary>
    internal MergedAttribute Over(ManifestValue list, Layer layer) =>
        this with { Lower = Lower?.Over(list, layer) ?? new MergedAttribute(Name, list, layer, null) };

    private PropertyLookup Lookup() => new(Winner, Lower?.Lookup());
}
