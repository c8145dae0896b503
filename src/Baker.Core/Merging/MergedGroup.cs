using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A group with what it inherits, still in the manifest's own spelling. Attributes are in document order, the base's first;
/// a <c>null</c> removes what it would inherit.</summary>
public sealed class MergedGroup
{
    private readonly List<MergedAttribute> _attributes = [];

    public GroupName Name => Entry.Name;

    public GroupEntry Entry { get; private set; } = new(default, 0, 0, 0);

    public IReadOnlyList<MergedAttribute> Attributes => _attributes;

    /// <summary>The attribute that names the image to start from; null where there is none.</summary>
    public MergedAttribute? Source =>
        Find("source_ami"u8) ?? Find("source_ami_filter"u8) ?? Find("source_ami_parameter"u8) ?? Find("source_group"u8);

    public MergedAttribute? Find(ReadOnlySpan<byte> name)
    {
        foreach (var attribute in _attributes)
        {
            if (attribute.Name.TextEquals(name))
            {
                return attribute;
            }
        }

        return null;
    }

    internal void Fill(GroupEntry entry, ManifestValue? lower, ManifestValue upper)
    {
        Entry = entry;
        _attributes.Clear();
        if (lower is { } inherited)
        {
            foreach (var (name, value) in inherited.Properties)
            {
                _attributes.Add(new MergedAttribute(name, value.Kind == ValueKind.Null ? null : value, null));
            }
        }

        var inheritedCount = _attributes.Count;
        foreach (var (name, value) in upper.Properties)
        {
            var index = IndexOf(name, inheritedCount);
            if (index < 0)
            {
                _attributes.Add(new MergedAttribute(name, null, value.Kind == ValueKind.Null ? null : value));
            }
            else
            {
                var kept = _attributes[index];
                _attributes[index] = value.Kind == ValueKind.Null
                    ? new MergedAttribute(kept.Name, null, null)
                    : kept with { Group = value };
            }
        }

        _attributes.RemoveAll(static attribute => attribute.Base is null && attribute.Group is null);
    }

    private int IndexOf(ManifestValue name, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (_attributes[index].Name.TextEquals(name))
            {
                return index;
            }
        }

        return -1;
    }
}
