using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Resources;

/// <summary>The policies, schedules and the warm pool of a group's fleet.</summary>
public static class ScalingResources
{
    /// <summary>Marks the policies and schedules of an Auto Scaling group that come from the manifest: others may add theirs.</summary>
    public const string Prefix = "baker-";

    /// <summary>A number as it is compared: 40, 40.0 and 4e1 are one.</summary>
    public static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A step of a policy, and all of them in one value.</summary>
    public static string Steps(IEnumerable<(double? From, double? To, int Change)> steps) => string.Join(
        ", ",
        steps.OrderBy(step => step.From ?? double.NegativeInfinity)
            .Select(step => string.Create(CultureInfo.InvariantCulture, $"{Bound(step.From)}..{Bound(step.To)} {step.Change:+0;-0;0}")));

    /// <summary>The minimums and maximums that a group's schedules give its fleet.</summary>
    public static ImmutableArray<(int? Min, int? Max)> SizesOf(NodeGroup group) =>
    [
        .. DesiredResources.Named(group.Autoscale?["schedules"]).Select(each => (Size(each.Value["min"]), Size(each.Value["max"]))),
    ];

    internal static IEnumerable<Resource> Of(NodeGroup group)
    {
        var autoscale = group.Autoscale!;
        foreach (var policy in DesiredResources.Named(autoscale["policies"]))
        {
            yield return new Resource(ResourceKind.Policy, $"{group.Name}/{policy.Name}", group.Region, $"{policy.Name} of {group.Name}")
            {
                Parent = group.Name,
                Values = Policy(group, (JObject)policy.Value),
                Fixed = Named(group, policy.Name),
            };
        }

        foreach (var schedule in DesiredResources.Named(autoscale["schedules"]))
        {
            yield return new Resource(ResourceKind.Schedule, $"{group.Name}/{schedule.Name}", group.Region,
                $"{schedule.Name} of {group.Name}")
            {
                Parent = group.Name,
                Values = Schedule((JObject)schedule.Value),
                Fixed = Named(group, schedule.Name),
            };
        }

        if (autoscale["warm_pool"] is JObject pool)
        {
            yield return new Resource(ResourceKind.WarmPool, group.Name, group.Region, $"warm pool of {group.Name}")
            {
                Parent = group.Name,
                Values = Resource.Empty
                    .SetItem("min", Text(pool["min"], "0"))
                    .SetItem("max_prepared", Text(pool["max_prepared"], ""))
                    .SetItem("state", Text(pool["state"], "stopped"))
                    .SetItem("reuse", pool["reuse"] is { Type: JTokenType.Boolean } reuse && (bool)reuse ? "true" : "false"),
                Fixed = Resource.Empty.SetItem("fleet", Reference.Fleet(group.Name)),
            };
        }
    }

    private static ImmutableSortedDictionary<string, string> Named(NodeGroup group, string name) =>
        Resource.Empty.SetItem("fleet", Reference.Fleet(group.Name)).SetItem("name", Prefix + name);

    private static ImmutableSortedDictionary<string, string> Policy(NodeGroup group, JObject policy)
    {
        var type = (string)policy["type"]!;
        var values = Resource.Empty.SetItem("type", type).SetItem("enabled", "true");
        if (type == "target_tracking")
        {
            values = values
                .SetItem("target", Number(double.Parse(policy["target"]!.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture)))
                .SetItem("scale_in", policy["scale_in"] is { Type: JTokenType.Boolean } scales && !(bool)scales ? "false" : "true")
                .SetItem("warmup", Text(policy["warmup"], ""));
            if (policy["metric"] is not JObject custom)
            {
                values = values.SetItem("metric", (string)policy["metric"]!);
                return (string)policy["metric"]! != "ALBRequestCountPerTarget" ? values : values.SetItem(
                    "label",
                    $"{Reference.BalancerDimension(group.Balancers[0])}/{Reference.TargetGroupDimension(group.Balancers[0], group.Name)}");
            }

            return values
                .SetItem("metric", (string)custom["name"]!)
                .SetItem("namespace", (string)custom["namespace"]!)
                .SetItem("statistic", Text(custom["statistic"], "Average"))
                .SetItem("unit", Text(custom["unit"], ""))
                .SetItem("dimensions", AlarmResources.Dimensions(DesiredResources.Named(custom["dimensions"])
                    .Select(each => (each.Name, (string)each.Value!))));
        }

        values = values
            .SetItem("adjustment", Text(policy["adjustment"], "ChangeInCapacity"))
            .SetItem("min_change", Text(policy["min_change"], ""));
        return type == "step"
            ? values
                .SetItem("aggregation", Text(policy["aggregation"], "Average"))
                .SetItem("warmup", Text(policy["warmup"], ""))
                .SetItem("steps", Steps(((JArray)policy["steps"]!).OfType<JObject>().Select(step => (
                    Bound(step["from"]),
                    Bound(step["to"]),
                    int.Parse(step["change"]!.ToString(), CultureInfo.InvariantCulture)))))
            : values
                .SetItem("change", policy["change"]!.ToString())
                .SetItem("cooldown", Text(policy["cooldown"], ""));
    }

    private static ImmutableSortedDictionary<string, string> Schedule(JObject schedule)
    {
        var values = Resource.Empty;
        foreach (var name in new[] { "recurrence", "time_zone", "start", "end", "min", "max", "desired" })
        {
            // A recurring action that has begun shows when it is due next.
            var text = Text(schedule[name], "");
            values = values.SetItem(name, name == "recurrence" ? Recurrences.Plain(text) : text);
        }

        return values;
    }

    private static int? Size(JToken? value) =>
        value is null or { Type: JTokenType.Null } ? null : int.Parse(value.ToString(), CultureInfo.InvariantCulture);

    private static double? Bound(JToken? value) => value is null or { Type: JTokenType.Null }
        ? null
        : double.Parse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Bound(double? bound) => bound is { } number ? Number(number) : "";

    private static string Text(JToken? value, string otherwise) => BalancerResources.Text(value, otherwise);
}
