using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Finds properties by name: by comparing while they are few, through a table when they are many.</summary>
internal sealed class PropertyLookup
{
    private const int Few = 24;

    private readonly ManifestValue _item;
    private readonly PropertyLookup? _lower;

    // Of indexes: the framework has this table compiled, one of our own struct would be compiled at every start.
    private readonly Dictionary<string, int>? _table;

    /// <param name="lower">Where a name is looked for that the item has not.</param>
    public PropertyLookup(ManifestValue item, PropertyLookup? lower)
    {
        _item = item;
        _lower = lower;
        var count = 0;
        foreach (var _ in item.Properties)
        {
            count++;
        }

        if (count > Few)
        {
            _table = new Dictionary<string, int>(count);
            foreach (var (name, value) in item.Properties)
            {
                _table[name.Text] = value.Index;
            }
        }
    }

    public ManifestValue? Find(ManifestValue name) => FindHere(name) ?? _lower?.Find(name);

    private ManifestValue? FindHere(ManifestValue name)
    {
        if (_table is not null)
        {
            return _table.TryGetValue(name.Text, out var found) ? _item.Sibling(found) : null;
        }

        foreach (var (key, value) in _item.Properties)
        {
            if (key.TextEquals(name))
            {
                return value;
            }
        }

        return null;
    }
}
