using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Tags of everything that Elastic Load Balancing has.</summary>
internal sealed class BalancingTagActions(BalancingTables tables)
{
    public void Register(Router router)
    {
        router.Handle<AddTagsRequest, AddTagsResponse>(LoadBalancingService.Name, Add);
        router.Handle<RemoveTagsRequest, RemoveTagsResponse>(LoadBalancingService.Name, Remove);
        router.Handle<DescribeTagsRequest, DescribeTagsResponse>(LoadBalancingService.Name, Describe);
    }

    private AddTagsResponse Add(Call call, AddTagsRequest request)
    {
        var tags = ElbTags.Check(request.Tags);
        foreach (var arn in request.ResourceArns)
        {
            Set(arn, Find(arn).Tags.SetItems(tags));
        }

        return new AddTagsResponse();
    }

    private RemoveTagsResponse Remove(Call call, RemoveTagsRequest request)
    {
        foreach (var arn in request.ResourceArns)
        {
            Set(arn, Find(arn).Tags.RemoveRange(request.TagKeys));
        }

        return new RemoveTagsResponse();
    }

    private DescribeTagsResponse Describe(Call call, DescribeTagsRequest request) => new()
    {
        TagDescriptions = [.. request.ResourceArns.Select(arn => new TagDescription
        {
            ResourceArn = arn,
            Tags = [.. Find(arn).Tags.Select(each => new Tag { Key = each.Key, Value = each.Value })],
        })],
    };

    private IElbTagged Find(string arn) => Kind(arn) switch
    {
        "loadbalancer" => tables.LoadBalancer(arn),
        "targetgroup" => tables.TargetGroup(arn),
        "listener" => tables.Listener(arn),
        "listener-rule" => tables.Rule(arn),
        _ => throw new CloudException("ValidationError", $"'{arn}' is not a valid load balancer, target group, listener or rule ARN"),
    };

    private void Set(string arn, ImmutableSortedDictionary<string, string> tags)
    {
        switch (Find(arn))
        {
            case LoadBalancerRecord balancer: tables.LoadBalancers.Put(balancer with { Tags = tags }); break;
            case TargetGroupRecord group: tables.TargetGroups.Put(group with { Tags = tags }); break;
            case ListenerRecord listener: tables.Listeners.Put(listener with { Tags = tags }); break;
            case ListenerRuleRecord rule: tables.Rules.Put(rule with { Tags = tags }); break;
        }
    }

    private static string Kind(string arn) => arn.Split(':') is [_, _, _, _, _, var resource] ? resource.Split('/')[0] : "";
}
