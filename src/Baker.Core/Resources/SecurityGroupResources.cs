using System.Globalization;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>A security group of the manifest and its rules, one for each other end.</summary>
public static class SecurityGroupResources
{
    /// <summary>The rule of a security group by which it is known: what differs in this is another rule.</summary>
    public static string RuleKey(string group, bool isOutbound, string protocol, string ports, string peer) =>
        $"{group}/{(isOutbound ? "out" : "in")}/{protocol}/{ports}/{peer}";

    /// <summary>A rule in words; what it is of comes last.</summary>
    public static string RuleName(string group, bool isOutbound, string protocol, string ports, string peer)
    {
        var what = ports.Length > 0 ? $"{protocol} {ports}" : protocol;
        return isOutbound ? $"{what} from {group} to {peer}" : $"{what} from {peer} to {group}";
    }

    /// <summary>A rule that was found, or that should be.</summary>
    public static Resource Rule(
        string group,
        string groupName,
        string region,
        bool isOutbound,
        string protocol,
        string ports,
        string peer,
        string peerName,
        string description) =>
        new(
            ResourceKind.SecurityGroupRule,
            RuleKey(group, isOutbound, protocol, ports, peer),
            region,
            RuleName(groupName, isOutbound, protocol, ports, peerName))
        {
            Parent = group,
            Values = Resource.Empty.SetItem("description", description),
            Fixed = Resource.Empty
                .SetItem("direction", isOutbound ? "out" : "in")
                .SetItem("protocol", protocol)
                .SetItem("ports", ports)
                .SetItem("peer", peer),
        };

    internal static IEnumerable<Resource> Of(ResourceEntry group, MergedResources resources)
    {
        var (tokens, name, region) = (DesiredResources.Tokens(group), resources.NameOf(group), resources.Region(group));
        yield return new Resource(ResourceKind.SecurityGroup, group.Name, region, name)
        {
            Fixed = Resource.Empty
                .SetItem("description", (string?)tokens["description"] ?? name)
                .SetItem("vpc", (string?)tokens["vpc"] ?? "")
                .SetItem("outbound", tokens["outbound"] is JArray ? "managed" : ""),
        };
        foreach (var rule in Rules(group.Name, name, region, tokens["inbound"], false, resources)
            .Concat(Rules(group.Name, name, region, tokens["outbound"], true, resources)))
        {
            yield return rule;
        }
    }

    private static IEnumerable<Resource> Rules(
        string group,
        string name,
        string region,
        JToken? rules,
        bool isOutbound,
        MergedResources resources)
    {
        foreach (var rule in (rules as JArray ?? []).OfType<JObject>())
        {
            var protocol = (string?)rule["protocol"] ?? "tcp";
            var ports = rule["port"] is { } port ? Ports(port.ToString()) : "";
            foreach (var peer in DesiredResources.Texts(rule[isOutbound ? "to" : "from"]).SelectMany(each =>
                Peers(group, each, resources)).Distinct())
            {
                yield return Rule(
                    group,
                    name,
                    region,
                    isOutbound,
                    protocol,
                    ports,
                    peer,
                    resources.SecurityGroup(ResourceWords.Short(peer)) is { } other ? resources.NameOf(other) : peer,
                    (string?)rule["description"] ?? "");
            }
        }
    }

    /// <summary>The other ends that a text means: a balancer is each of its security groups.</summary>
    private static IEnumerable<string> Peers(string group, string text, MergedResources resources) =>
        text == "self" ? [Reference.SecurityGroup(group)]
        : NetworkChecks.IsLiteralPeer(text) ? [text]
        : NetworkChecks.BalancerOf(text) is { } balancer
            ? (resources.Balancer(balancer)?.Texts("security_groups"u8) ?? []).Select(each => GroupReference(each.Text))
        : [Reference.SecurityGroup(text)];

    internal static string GroupReference(string named) =>
        Shapes.IsId(named, "sg-") ? named : Reference.SecurityGroup(named);

    private static string Ports(string text)
    {
        var (from, to) = NetworkChecks.Ports(text)!.Value;
        return from == to ? from.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{from}-{to}");
    }
}
