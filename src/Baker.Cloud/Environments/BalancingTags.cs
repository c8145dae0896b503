using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The tags of what belongs to balancers, which ELB tells apart from what it tells of them.</summary>
internal static class BalancingTags
{
    /// <summary>What a value's name begins with that is one of ELB's attributes.</summary>
    public const string Attribute = "attribute:";

    /// <summary>DescribeTags takes that many ARNs.</summary>
    private const int ArnsPerCall = 20;

    public static List<Tag> Of(EnvironmentScope scope, Resource resource) =>
        [.. scope.Tags(resource).Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];

    /// <summary>The tags of each.</summary>
    public static async Task<ILookup<string, KeyValuePair<string, string>>> ReadAsync(
        EnvironmentScope scope,
        IEnumerable<string> arns,
        CancellationToken stop)
    {
        var all = new List<TagDescription>();
        foreach (var chunk in arns.Chunk(ArnsPerCall))
        {
            all.AddRange(await DescribeAsync(scope, chunk, stop).ConfigureAwait(false));
        }

        return all
            .SelectMany(each => (each.Tags ?? []).Select(tag => (each.ResourceArn, Tag: KeyValuePair.Create(tag.Key, tag.Value ?? ""))))
            .ToLookup(each => each.ResourceArn, each => each.Tag, StringComparer.Ordinal);
    }

    /// <summary>What Baker's own tag says; null where there is none.</summary>
    public static string? MarkOf(IEnumerable<KeyValuePair<string, string>> tags) =>
        tags.Where(tag => tag.Key == EnvironmentTags.Resource).Select(tag => tag.Value).FirstOrDefault();

    /// <summary>One that somebody else has deleted since it was listed fails the call for all: then each is asked for by itself.</summary>
    private static async Task<List<TagDescription>> DescribeAsync(EnvironmentScope scope, string[] arns, CancellationToken stop)
    {
        try
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeTagsAsync,
                new DescribeTagsRequest { ResourceArns = [.. arns] },
                stop).ConfigureAwait(false);
            return reply.TagDescriptions ?? [];
        }
        catch (Exception error) when (error is LoadBalancerNotFoundException or TargetGroupNotFoundException
            or ListenerNotFoundException or RuleNotFoundException)
        {
            var found = new List<TagDescription>();
            foreach (var arn in arns.Length > 1 ? arns : [])
            {
                found.AddRange(await DescribeAsync(scope, [arn], stop).ConfigureAwait(false));
            }

            return found;
        }
    }
}
