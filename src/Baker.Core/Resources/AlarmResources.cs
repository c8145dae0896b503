using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>The alarms of groups, balancers and target groups, with what is filled in.</summary>
public static class AlarmResources
{
    /// <summary>What the names of the manifest's alarms begin with: others' do not.</summary>
    public const string Prefix = "baker:";

    public static string Dimensions(IEnumerable<(string Name, string Value)> dimensions) => string.Join(
        ", ",
        dimensions.OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => $"{each.Name}={each.Value}"));

    /// <summary>What the alarms of an Auto Scaling group are called before their own names.</summary>
    public static string PrefixOf(string fleet) => $"{Prefix}{fleet}/";

    /// <summary>The same of the balancers of an environment.</summary>
    public static string PrefixOfBalancers(string? environment) => $"{Prefix}balancer/{environment ?? "-"}/";

    internal static IEnumerable<Resource> OfGroup(NodeGroup group, MergedResources resources)
    {
        var balancer = group.Balancers.Length == 1 ? resources.Balancer(group.Balancers[0]) : null;
        foreach (var alarm in DesiredResources.Named(group.Alarms))
        {
            var tokens = (JObject)alarm.Value;
            var space = (string?)tokens["namespace"] ?? "AWS/EC2";
            var filled = space switch
            {
                "AWS/EC2" or "AWS/AutoScaling" => [("AutoScalingGroupName", Reference.Fleet(group.Name))],
                "AWS/ApplicationELB" or "AWS/NetworkELB" when balancer is not null => OfTarget(balancer.Name, group.Name),
                _ => Array.Empty<(string, string)>(),
            };
            yield return Alarm(
                $"{group.Name}/{alarm.Name}",
                $"{PrefixOf(Reference.Fleet(group.Name))}{alarm.Name}",
                group.Region,
                group.Name,
                tokens,
                space,
                filled,
                resources,
                DesiredResources.Named(group.Autoscale?["policies"]).Select(policy => policy.Name).ToList(),
                group.Name,
                balancer?.Name);
        }
    }

    internal static IEnumerable<Resource> OfBalancer(
        ResourceEntry balancer,
        JObject tokens,
        IReadOnlyList<string> joined,
        bool isNetwork,
        MergedResources resources)
    {
        var space = isNetwork ? "AWS/NetworkELB" : "AWS/ApplicationELB";
        var prefix = PrefixOfBalancers(resources.Environment) + balancer.Name;
        foreach (var alarm in DesiredResources.Named(tokens["alarms"]))
        {
            yield return OfOne(alarm, $"@{balancer.Name}", prefix, [("LoadBalancer", Reference.BalancerDimension(balancer.Name))], null);
        }

        foreach (var target in DesiredResources.Named(tokens["targets"]).Where(target => joined.Contains(target.Name)))
        {
            foreach (var alarm in DesiredResources.Named(target.Value["alarms"]))
            {
                yield return OfOne(
                    alarm,
                    $"@{balancer.Name}/{target.Name}",
                    $"{prefix}/{target.Name}",
                    OfTarget(balancer.Name, target.Name),
                    target.Name);
            }
        }

        Resource OfOne(JProperty alarm, string key, string name, (string, string)[] filled, string? group) => Alarm(
            $"{key}/{alarm.Name}",
            $"{name}/{alarm.Name}",
            resources.Region(balancer),
            null,
            (JObject)alarm.Value,
            (string?)alarm.Value["namespace"] ?? space,
            (string?)alarm.Value["namespace"] is null or "AWS/ApplicationELB" or "AWS/NetworkELB" ? filled : [],
            resources,
            [],
            group,
            balancer.Name);
    }

    private static (string, string)[] OfTarget(string balancer, string group) =>
    [
        ("LoadBalancer", Reference.BalancerDimension(balancer)),
        ("TargetGroup", Reference.TargetGroupDimension(balancer, group)),
    ];

    private static Resource Alarm(
        string key,
        string name,
        string region,
        string? parent,
        JObject alarm,
        string space,
        IEnumerable<(string Name, string Value)> filled,
        MergedResources resources,
        List<string> policies,
        string? group,
        string? balancer)
    {
        var dimensions = filled.ToDictionary(each => each.Name, each => each.Value, StringComparer.Ordinal);
        foreach (var property in (alarm["dimensions"] as JObject)?.Properties() ?? [])
        {
            if (property.Value.Type == JTokenType.Null)
            {
                dimensions.Remove(property.Name);
            }
            else
            {
                dimensions[property.Name] = Fill((string)property.Value!, resources.Environment, group, balancer);
            }
        }

        var statistic = (string?)alarm["statistic"] ?? "Average";
        var periods = BalancerResources.Text(alarm["periods"], "1");
        return new Resource(ResourceKind.Alarm, key, region, name)
        {
            Parent = parent,
            Values = Resource.Empty
                .SetItem("description", (string?)alarm["description"] ?? "")
                .SetItem("namespace", space)
                .SetItem("metric", (string)alarm["metric"]!)
                .SetItem("dimensions", Dimensions(dimensions.Select(each => (each.Key, each.Value))))
                .SetItem("comparison", (string?)alarm["comparison"] ?? ">=")
                .SetItem("threshold", ScalingResources.Number(double.Parse(
                    alarm["threshold"]!.ToString(),
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture)))
                .SetItem("statistic", statistic)
                .SetItem("period", BalancerResources.Text(alarm["period"], "60"))
                .SetItem("periods", periods)
                .SetItem("datapoints", BalancerResources.Text(alarm["datapoints"], periods))
                .SetItem("missing", (string?)alarm["missing"] ?? "missing")
                .SetItem("actions_enabled", "true")
                .SetItem("actions.alarm", Actions("alarm"))
                .SetItem("actions.ok", Actions("ok"))
                .SetItem("actions.insufficient_data", Actions("insufficient_data")),
        };

        string Actions(string state) =>
            BalancerResources.Sorted(DesiredResources.Texts((alarm["actions"] as JObject)?[state]).Select(action =>
                action.StartsWith("arn:", StringComparison.Ordinal) ? action
                : policies.Contains(action) ? Reference.Policy(group!, action)
                : Reference.Topic(action)));
    }

    private static string Fill(string value, string? environment, string? group, string? balancer) => value
        .Replace("{{fleet}}", group is null ? "" : Reference.Fleet(group), StringComparison.Ordinal)
        .Replace("{{group}}", group ?? "", StringComparison.Ordinal)
        .Replace("{{environment}}", environment ?? "", StringComparison.Ordinal)
        .Replace("{{balancer}}", balancer is null ? "" : Reference.BalancerDimension(balancer), StringComparison.Ordinal)
        .Replace(
            "{{target_group}}",
            balancer is null || group is null ? "" : Reference.TargetGroupDimension(balancer, group),
            StringComparison.Ordinal);
}
