using System.Collections.Immutable;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>The tags of everything that the services of data stores have, by ARN.</summary>
internal sealed class StoreTags(StateStore store)
{
    private const int Most = 50;

    private readonly Table<StoreTagsRecord> _tags = store.Table("store-tags", StoreJson.Default.StoreTagsRecord);

    public ImmutableSortedDictionary<string, string> Of(string arn) =>
        _tags.Find(arn)?.Tags ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, string> Read(IEnumerable<(string? Key, string? Value)> tags)
    {
        var read = RequestTags.Check("InvalidParameterValue", tags);
        return read.Keys.FirstOrDefault(each => each.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) is { } reserved
            ? throw new CloudException("InvalidParameterValue", $"Tag keys beginning with aws: are reserved: {reserved}")
            : read;
    }

    public void Add(string arn, IEnumerable<(string? Key, string? Value)> tags)
    {
        var all = Of(arn).SetItems(Read(tags));
        if (all.Count > Most)
        {
            throw new CloudException("InvalidParameterValue", $"A resource has at most {Most} tags.");
        }

        Put(arn, all);
    }

    public void Take(string arn, IEnumerable<string> keys) => Put(arn, Of(arn).RemoveRange(keys));

    public void Forget(string arn) => _tags.Remove(arn);

    private void Put(string arn, ImmutableSortedDictionary<string, string> tags)
    {
        if (tags.IsEmpty)
        {
            _tags.Remove(arn);
        }
        else
        {
            _tags.Put(new StoreTagsRecord(arn, tags));
        }
    }
}
