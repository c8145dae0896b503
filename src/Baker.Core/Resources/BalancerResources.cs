using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>A balancer of the manifest, with its target groups, listeners, rules and alarms.</summary>
internal static class BalancerResources
{
    private static readonly string[] s_target = [.. BalancerChecks.TargetAttributes];

    /// <summary>Whether Baker makes target groups for it: not where a group joins those of an existing balancer.</summary>
    public static bool HasTargetGroups(ResourceEntry balancer) =>
        !balancer.IsTrue("existing"u8) || balancer.Value.Find("listeners"u8) is { Kind: ValueKind.Array, IsEmpty: false };

    public static IEnumerable<Resource> Of(ResourceEntry balancer, IReadOnlyList<string> joined, MergedResources resources)
    {
        var (tokens, name, region) = (DesiredResources.Tokens(balancer), resources.BalancerName(balancer), resources.Region(balancer));
        var isExisting = balancer.IsTrue("existing"u8);
        var isNetwork = (string?)tokens["type"] == "network";
        if (!isExisting)
        {
            yield return Balancer(balancer, tokens, name, region, isNetwork);
        }

        foreach (var group in HasTargetGroups(balancer) ? joined : [])
        {
            yield return TargetGroup(balancer, group, Target(tokens, group), region, isNetwork, resources);
        }

        foreach (var listener in (tokens["listeners"] as JArray ?? []).OfType<JObject>())
        {
            var port = int.Parse(listener["port"]!.ToString(), CultureInfo.InvariantCulture);
            if (!isExisting)
            {
                yield return Listener(balancer.Name, name, region, port, listener, joined);
            }

            foreach (var rule in (listener["rules"] as JArray ?? []).OfType<JObject>())
            {
                yield return Rule(balancer.Name, name, region, port, rule);
            }
        }

        foreach (var alarm in AlarmResources.OfBalancer(balancer, tokens, joined, isNetwork, resources))
        {
            yield return alarm;
        }
    }

    private static Resource Balancer(ResourceEntry balancer, JObject tokens, string name, string region, bool isNetwork)
    {
        var values = Resource.Empty;
        if (tokens["security_groups"] is { } groups)
        {
            values = values.SetItem(
                "security_groups",
                Sorted(DesiredResources.Texts(groups).Select(SecurityGroupResources.GroupReference)));
        }

        if (tokens["subnets"] is { } subnets)
        {
            values = values.SetItem("subnets", Sorted(DesiredResources.Texts(subnets)));
        }

        return new Resource(ResourceKind.Balancer, balancer.Name, region, name)
        {
            Values = Attributes(values, tokens["attributes"]),
            Fixed = Resource.Empty
                .SetItem("type", isNetwork ? "network" : "application")
                .SetItem("scheme", (string?)tokens["scheme"] ?? "public"),
        };
    }

    /// <summary>What holds for a group's targets: its own of what it says, else the balancer's.</summary>
    private static JObject Target(JObject balancer, string group)
    {
        var target = new JObject();
        foreach (var name in s_target)
        {
            if ((balancer["targets"]?[group]?[name] ?? balancer[name]) is { Type: not JTokenType.Null } value)
            {
                target[name] = value;
            }
        }

        return target;
    }

    private static Resource TargetGroup(
        ResourceEntry balancer,
        string group,
        JObject target,
        string region,
        bool isNetwork,
        MergedResources resources)
    {
        var protocol = (string?)target["protocol"] ?? (isNetwork ? "TCP" : "HTTP");
        var check = target["health_check"] as JObject ?? [];
        var asks = (string?)check["protocol"] ?? (isNetwork ? (check["path"] ?? check["codes"]) is null ? "TCP" : "HTTP" : protocol);
        var values = Resource.Empty
            .SetItem("health_check.protocol", asks)
            .SetItem("health_check.port", Text(check["port"], "traffic-port"))
            .SetItem("health_check.healthy", Text(check["healthy"], "5"))
            .SetItem("health_check.unhealthy", Text(check["unhealthy"], "2"))
            .SetItem("health_check.interval", Text(check["interval"], "30"))
            .SetItem("health_check.timeout", Text(
                check["timeout"],
                BalancerChecks.Timeout(asks == "TCP", isNetwork).ToString(CultureInfo.InvariantCulture)))
            .SetItem("attribute:deregistration_delay.timeout_seconds", Text(target["deregistration_delay"], "300"));
        if (asks != "TCP")
        {
            values = values
                .SetItem("health_check.path", Text(check["path"], "/"))
                .SetItem("health_check.codes", Text(check["codes"], isNetwork ? "200-399" : "200"));
        }

        return new Resource(ResourceKind.TargetGroup, $"{balancer.Name}/{group}", region, resources.TargetGroupName(balancer, group))
        {
            Values = Attributes(Sticky(values, target["stickiness"] as JObject), target["target_attributes"]),
            Fixed = Resource.Empty
                .SetItem("protocol", protocol)
                .SetItem("port", Text(target["port"], "80"))
                .SetItem("balancer", balancer.Name),
        };
    }

    private static ImmutableSortedDictionary<string, string> Sticky(ImmutableSortedDictionary<string, string> values, JObject? sticky)
    {
        if (sticky is null)
        {
            return values.SetItem("attribute:stickiness.enabled", "false");
        }

        var type = (string)sticky["type"]!;
        values = values.SetItem("attribute:stickiness.enabled", "true").SetItem("attribute:stickiness.type", type);
        if (sticky["duration"] is { } duration)
        {
            values = values.SetItem($"attribute:stickiness.{type}.duration_seconds", duration.ToString());
        }

        return sticky["cookie"] is { } cookie ? values.SetItem("attribute:stickiness.app_cookie.cookie_name", (string)cookie!) : values;
    }

    private static Resource Listener(
        string balancer,
        string balancerName,
        string region,
        int port,
        JObject listener,
        IReadOnlyList<string> joined)
    {
        var protocol = (string)listener["protocol"]!;
        var values = Resource.Empty
            .SetItem("protocol", protocol)
            .SetItem("action", Action(balancer, listener, joined.Count == 1 ? joined[0] : null));
        if (DesiredResources.Texts(listener["certificates"]).ToList() is { Count: > 0 } certificates)
        {
            values = values.SetItem("certificate", certificates[0]).SetItem("more_certificates", Sorted(certificates.Skip(1)));
        }

        if (listener["policy"] is { } policy)
        {
            values = values.SetItem("policy", (string)policy!);
        }

        return new Resource(
            ResourceKind.Listener,
            string.Create(CultureInfo.InvariantCulture, $"{balancer}/{port}"),
            region,
            string.Create(CultureInfo.InvariantCulture, $"{protocol} listener of {balancerName} on port {port}"))
        {
            Parent = balancer,
            Values = values,
            Fixed = Resource.Empty
                .SetItem("balancer", Reference.Balancer(balancer))
                .SetItem("port", port.ToString(CultureInfo.InvariantCulture)),
        };
    }

    private static Resource Rule(string balancer, string balancerName, string region, int port, JObject rule)
    {
        var priority = rule["priority"]!.ToString();
        return new Resource(
            ResourceKind.ListenerRule,
            string.Create(CultureInfo.InvariantCulture, $"{balancer}/{port}/{priority}"),
            region,
            string.Create(CultureInfo.InvariantCulture, $"rule {priority} of {balancerName} on port {port}"))
        {
            Parent = string.Create(CultureInfo.InvariantCulture, $"{balancer}/{port}"),
            Values = Resource.Empty
                .SetItem("host", Sorted(DesiredResources.Texts(rule["host"])))
                .SetItem("path", Sorted(DesiredResources.Texts(rule["path"])))
                .SetItem("action", Action(balancer, rule, null)),
            Fixed = Resource.Empty
                .SetItem("listener", Reference.Listener(balancer, port))
                .SetItem("priority", priority),
        };
    }

    private static string Action(string balancer, JObject value, string? otherwise)
    {
        ForwardAction action = value switch
        {
            _ when value["redirect"] is JObject redirect => new ForwardAction.Redirect(
                Text(redirect["protocol"], "#{protocol}"),
                Text(redirect["host"], "#{host}"),
                Text(redirect["port"], "#{port}"),
                Text(redirect["path"], "/#{path}"),
                Text(redirect["query"], "#{query}"),
                "HTTP_" + Text(redirect["code"], "301")),
            _ when value["fixed"] is JObject answer => new ForwardAction.Fixed(
                answer["status"]!.ToString(),
                Text(answer["type"], "text/plain"),
                Text(answer["body"], "")),
            _ when value["forward"] is JObject groups => new ForwardAction.Forward([.. groups.Properties().Select(each =>
                (Reference.TargetGroup(balancer, each.Name), int.Parse(each.Value.ToString(), CultureInfo.InvariantCulture)))]),
            _ => new ForwardAction.Forward([(Reference.TargetGroup(balancer, (string?)value["forward"] ?? otherwise!), 1)]),
        };
        return action.ToValue();
    }

    private static ImmutableSortedDictionary<string, string> Attributes(
        ImmutableSortedDictionary<string, string> values,
        JToken? attributes)
    {
        foreach (var attribute in DesiredResources.Named(attributes))
        {
            values = values.SetItem(
                "attribute:" + attribute.Name,
                attribute.Value.Type == JTokenType.Boolean ? attribute.Value.ToString().ToLowerInvariant() : attribute.Value.ToString());
        }

        return values;
    }

    internal static string Sorted(IEnumerable<string> texts) => string.Join(", ", texts.Distinct().Order(StringComparer.Ordinal));

    internal static string Text(JToken? value, string otherwise) =>
        value is null or { Type: JTokenType.Null } ? otherwise : value.ToString();
}
