using System.Collections.Immutable;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Every kind of resource that CreateTags, DeleteTags and DescribeTags know, by the prefix of its ids.</summary>
internal sealed class TagRegistry
{
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    public IEnumerable<Kind> Kinds => _kinds.Values;

    public void Add<T>(string resourceType, string prefix, Table<T> table, Func<T, ImmutableSortedDictionary<string, string>, T> with)
        where T : class, ITagged =>
        _kinds.Add(prefix, new Kind(
            resourceType,
            table.Find,
            () => table.All,
            (id, tags) => table.Put(with(table.Find(id)!, tags))));

    /// <summary>The same for resources that have no table of their own.</summary>
    public void Add(string prefix, Kind kind) => _kinds.Add(prefix, kind);

    public Kind? Of(string id) => _kinds.GetValueOrDefault(id[..Math.Max(0, id.LastIndexOf('-'))]);

    internal sealed record Kind(
        string ResourceType,
        Func<string, ITagged?> Find,
        Func<IEnumerable<ITagged>> All,
        Action<string, ImmutableSortedDictionary<string, string>> SetTags);
}
