using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Tags as Elastic Load Balancing takes them.</summary>
internal static class ElbTags
{
    public static ImmutableSortedDictionary<string, string> Check(List<Tag>? tags)
    {
        var read = RequestTags.Check("ValidationError", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));
        if ((tags ?? []).Find(tag => tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) is { } reserved)
        {
            throw new CloudException("ValidationError", $"Tag key '{reserved.Key}' is reserved: it begins with aws:");
        }

        return read.Count < (tags?.Count ?? 0)
            ? throw new CloudException("DuplicateTagKeys", "A tag key was specified more than once.")
            : read;
    }
}
