namespace Baker.LocalCloud.Storage;

/// <summary>Finds the resources of a table by something other than their id; a null key is not indexed.</summary>
public sealed class TableIndex<T>
    where T : class, IResource
{
    private readonly Func<T, string?> _key;
    private readonly Dictionary<string, Dictionary<string, T>> _items = new(StringComparer.Ordinal);

    internal TableIndex(Func<T, string?> key) => _key = key;

    public IReadOnlyCollection<T> this[string key] =>
        _items.TryGetValue(key, out var found) ? found.Values : [];

    internal void Add(T item)
    {
        if (_key(item) is { } key)
        {
            if (!_items.TryGetValue(key, out var found))
            {
                _items[key] = found = new Dictionary<string, T>(StringComparer.Ordinal);
            }

            found[item.Id] = item;
        }
    }

    internal void Remove(T item)
    {
        if (_key(item) is { } key && _items.TryGetValue(key, out var found))
        {
            found.Remove(item.Id);
            if (found.Count == 0)
            {
                _items.Remove(key);
            }
        }
    }
}
