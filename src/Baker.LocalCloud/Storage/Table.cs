using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Storage;

/// <summary>
/// All resources of one kind, in the order of their ids. Every change goes to the store's open transaction;
/// adding or removing while enumerating needs a copy first, replacing does not.
/// </summary>
public sealed class Table<T> : ITable
    where T : class, IResource
{
    private readonly StateStore _store;
    private readonly JsonTypeInfo<T> _json;
    private readonly Dictionary<string, T> _items = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];
    private readonly List<TableIndex<T>> _indexes = [];

    /// <exception cref="StateDamagedException">What is stored is no resource of this kind.</exception>
    internal Table(
        StateStore store,
        string name,
        JsonTypeInfo<T> json,
        string path,
        IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> stored)
    {
        _store = store;
        _json = json;
        Name = name;
        foreach (var (id, value) in stored)
        {
            _items[id] = Read(path, id, value);
        }

        _ids.AddRange(_items.Keys);
        _ids.Sort(StringComparer.Ordinal);
    }

    public string Name { get; }

    public int Count => _items.Count;

    /// <summary>Every resource, ordered by id.</summary>
    public IEnumerable<T> All => After(null);

    IEnumerable<string> ITable.Ids => _ids;

    public T? Find(string? id) => id is null ? null : _items.GetValueOrDefault(id);

    /// <summary>The resources whose ids sort after this one: how a paged listing goes on.</summary>
    public IEnumerable<T> After(string? id)
    {
        var at = 0;
        if (id is not null)
        {
            var found = _ids.BinarySearch(id, StringComparer.Ordinal);
            at = found < 0 ? ~found : found + 1;
        }

        for (; at < _ids.Count; at++)
        {
            yield return _items[_ids[at]];
        }
    }

    /// <summary>An index kept up to date with the table; make it once, when the service is made.</summary>
    public TableIndex<T> IndexBy(Func<T, string?> key)
    {
        var index = new TableIndex<T>(key);
        foreach (var item in All)
        {
            index.Add(item);
        }

        _indexes.Add(index);
        return index;
    }

    public void Put(T item)
    {
        var before = Find(item.Id);
        if (ReferenceEquals(before, item))
        {
            return;
        }

        _store.Begin(frees: false);
        Set(item.Id, item);
        _store.Record(this, item.Id, undo: () => Set(item.Id, before));
    }

    public void Remove(string id)
    {
        if (Find(id) is { } before)
        {
            _store.Begin(frees: true);
            Set(id, null);
            _store.Record(this, id, undo: () => Set(id, before));
        }
    }

    void ITable.WriteValue(Utf8JsonWriter writer, string id)
    {
        if (Find(id) is { } item)
        {
            JsonSerializer.Serialize(writer, item, _json);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private T Read(string path, string id, ReadOnlyMemory<byte> value)
    {
        try
        {
            return JsonSerializer.Deserialize(value.Span, _json) is { } item && item.Id == id
                ? item
                : throw new JsonException($"The value of {id} in the table {Name} has another id.");
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException
            or NullReferenceException or OverflowException or NotSupportedException or WireException)
        {
            throw StateDamagedException.At(path, value, error);
        }
    }

    private void Set(string id, T? item)
    {
        var before = Find(id);
        foreach (var index in _indexes)
        {
            if (before is not null)
            {
                index.Remove(before);
            }

            if (item is not null)
            {
                index.Add(item);
            }
        }

        var at = _ids.BinarySearch(id, StringComparer.Ordinal);
        if (item is null)
        {
            _items.Remove(id);
            if (at >= 0)
            {
                _ids.RemoveAt(at);
            }

            return;
        }

        _items[id] = item;
        if (at < 0)
        {
            _ids.Insert(~at, id);
        }
    }
}
