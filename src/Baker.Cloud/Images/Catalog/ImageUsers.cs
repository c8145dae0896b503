using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Who uses which image of one region; filled by several readers at once.</summary>
public sealed class ImageUsers
{
    private readonly ConcurrentDictionary<string, ImmutableList<ImageUser>> _users = new(StringComparer.Ordinal);

    public IReadOnlyList<ImageUser> Of(string imageId) => _users.GetValueOrDefault(imageId, []);

    public void Add(string imageId, ImageUser user) =>
        _users.AddOrUpdate(imageId, [user], (_, users) => users.Contains(user) ? users : users.Add(user));
}
