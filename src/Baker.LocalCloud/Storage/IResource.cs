namespace Baker.LocalCloud.Storage;

/// <summary>Something the local cloud keeps on disk: an immutable record, found by its id.</summary>
public interface IResource
{
    /// <summary>Unique in its table, such as <c>i-0123456789abcdef0</c>; where names repeat between regions, region and name.</summary>
    string Id { get; }
}
