using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>Everything around the fleets that the manifest asks for, in the order in which it is made.</summary>
public static class DesiredResources
{
    public static ImmutableArray<Resource> Of(MergedResources resources, IReadOnlyList<NodeGroup> groups)
    {
        var all = new List<Resource>();
        foreach (var group in resources.SecurityGroups)
        {
            all.AddRange(SecurityGroupResources.Of(group, resources));
        }

        foreach (var topic in resources.Topics)
        {
            all.AddRange(Topic(topic, resources));
        }

        foreach (var balancer in resources.Balancers)
        {
            var joined = groups.Where(group => group.Balancers.Contains(balancer.Name)).Select(group => group.Name.ToString()).ToList();
            all.AddRange(BalancerResources.Of(balancer, joined, resources));
        }

        all.AddRange(DatastoreResources.Of(groups, resources));
        all.AddRange(ServiceResources.Of(groups));
        foreach (var group in groups.Where(group => group.Autoscale is not null))
        {
            all.AddRange(OfFleet(group, resources));
        }

        return [.. all.OrderBy(resource => resource.Kind)];
    }

    /// <summary>What belongs to a group's fleet, whichever Auto Scaling group that is.</summary>
    public static ImmutableArray<Resource> OfFleet(NodeGroup group, MergedResources resources) =>
        [.. ScalingResources.Of(group), .. AlarmResources.OfGroup(group, resources)];

    /// <summary>The target groups that a group's fleet is in: references to those that Baker makes.</summary>
    public static ImmutableArray<string> TargetsOf(NodeGroup group, MergedResources resources) =>
    [
        .. group.Balancers
            .Select(name => resources.Balancer(name))
            .OfType<ResourceEntry>()
            .Select(balancer => BalancerResources.HasTargetGroups(balancer)
                ? Reference.TargetGroup(balancer.Name, group.Name)
                : Reference.To("default_targets", balancer.Name)),
    ];

    /// <summary>What holds of a resource. What is <c>null</c> is not there; a dimension that is takes away one that is filled in.</summary>
    internal static JObject Tokens(ResourceEntry entry)
    {
        var tokens = (JObject)JsonTokens.Of(entry.Value);
        foreach (var none in tokens.Descendants().OfType<JProperty>().Where(each => each.Value.Type == JTokenType.Null).ToList())
        {
            if (none.Parent?.Parent is not JProperty { Name: "dimensions" })
            {
                none.Remove();
            }
        }

        return tokens;
    }

    internal static IEnumerable<string> Texts(JToken? value) => value switch
    {
        JArray list => list.Select(item => (string)item!),
        null or { Type: JTokenType.Null } => [],
        _ => [(string)value!],
    };

    internal static IEnumerable<JProperty> Named(JToken? map) =>
        map is JObject all ? all.Properties().Where(each => each.Value.Type != JTokenType.Null) : [];

    private static IEnumerable<Resource> Topic(ResourceEntry topic, MergedResources resources)
    {
        var (tokens, name, region) = (Tokens(topic), resources.NameOf(topic), resources.Region(topic));
        yield return new Resource(ResourceKind.Topic, topic.Name, region, name)
        {
            Values = Resource.Empty.SetItem("display_name", (string?)tokens["display_name"] ?? ""),
        };
        foreach (var subscription in (tokens["subscriptions"] as JArray ?? []).OfType<JObject>())
        {
            var (protocol, endpoint) = (subscription.Properties().First().Name, (string)subscription.Properties().First().Value!);
            var shown = SubscriptionEndpoint.Shown(endpoint);
            yield return new Resource(
                ResourceKind.Subscription,
                $"{topic.Name}/{protocol}/{shown}",
                region,
                $"{protocol} subscription of {shown} to {name}")
            {
                Parent = topic.Name,
                Fixed = Resource.Empty.SetItem("protocol", protocol).SetItem("endpoint", endpoint),
            };
        }
    }
}
