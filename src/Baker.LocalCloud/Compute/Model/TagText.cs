using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Tags as EC2 takes and gives them.</summary>
internal static class TagText
{
    private const int MostTags = 50;

    /// <summary>The tags that a request gives to the new resources of one type.</summary>
    public static ImmutableSortedDictionary<string, string> For(string resourceType, List<TagSpecification>? specifications) =>
        Check((specifications ?? []).Where(s => s.ResourceType?.Value == resourceType).SelectMany(s => s.Tags ?? []));

    public static void RefuseOthers(List<TagSpecification>? specifications, params string[] known)
    {
        foreach (var type in (specifications ?? []).Select(s => s.ResourceType?.Value))
        {
            if (type is null || !known.Contains(type))
            {
                throw new CloudException("InvalidParameterValue", $"'{type}' is not a valid taggable resource type for this operation.");
            }
        }
    }

    public static ImmutableSortedDictionary<string, string> Check(IEnumerable<Tag> tags)
    {
        var checkedTags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            var key = tag.Key ?? throw CloudException.Missing("Tag.Key");
            var value = tag.Value ?? "";
            if (key.Length is 0 or > 127 + 1)
            {
                throw new CloudException("InvalidParameterValue", "Tag keys must be 1 to 128 characters long.");
            }

            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw new CloudException("InvalidParameterValue", $"Tag keys starting with 'aws:' are reserved for internal use: {key}");
            }

            if (value.Length > 256)
            {
                throw new CloudException("InvalidParameterValue", $"The value of tag {key} is longer than 256 characters.");
            }

            checkedTags[key] = value;
        }

        return checkedTags.Count > MostTags ? throw TooMany() : checkedTags.ToImmutable();
    }

    public static ImmutableSortedDictionary<string, string> Add(
        ImmutableSortedDictionary<string, string> before,
        ImmutableSortedDictionary<string, string> more)
    {
        var tags = before.SetItems(more);
        return tags.Count > MostTags ? throw TooMany() : tags;
    }

    public static List<Tag> ToModel(IReadOnlyDictionary<string, string> tags) =>
        [.. tags.Select(t => new Tag { Key = t.Key, Value = t.Value })];

    private static CloudException TooMany() => new("TagLimitExceeded", "The maximum number of tags for this resource has been reached.");
}
