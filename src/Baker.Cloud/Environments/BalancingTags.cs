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

    /// <summary>What Baker's tag says of each that has it.</summary>
    public static async Task<Dictionary<string, string>> ReadAsync(EnvironmentScope scope, IEnumerable<string> arns, CancellationToken stop)
    {
        var marks = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var chunk in arns.Chunk(ArnsPerCall))
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeTagsAsync,
                new DescribeTagsRequest { ResourceArns = [.. chunk] },
                stop).ConfigureAwait(false);
            foreach (var each in reply.TagDescriptions ?? [])
            {
                if (each.Tags?.Find(tag => tag.Key == EnvironmentTags.Resource) is { } mark)
                {
                    marks[each.ResourceArn] = mark.Value;
                }
            }
        }

        return marks;
    }
}
