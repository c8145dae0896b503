using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// Reads a group's <c>autoscale</c>. The manifest's reader has checked types and ranges; what is checked here needs several
/// values.
/// </summary>
public static class FleetSettingsReader
{
    /// <exception cref="BakerException">The group has no fleet, or its numbers contradict each other.</exception>
    public static FleetSettings Read(NodeGroup group)
    {
        if (group.Autoscale is not { } autoscale)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The group {group.Name} has no fleet: its \"autoscale\" is false.",
                "Give it an object, such as \"autoscale\": {\"node_min\": 1, \"node_max\": 2}.");
        }

        var defaults = new FleetSettings();
        ImmutableArray<string> targetGroups = [.. Texts(autoscale["target_groups"]).Concat(group.JoinedTargetGroups).Distinct()];
        var (types, spotShare, onDemandBase) = Types(autoscale["instance_types"]);
        var subnets = Texts(autoscale["subnets"]);
        var zones = Texts(autoscale["zones"]);
        var health = autoscale["health_check"] as JObject;
        return defaults with
        {
            Capacity = ReadCapacity(group.Name, autoscale),
            KeepWarm = Seconds(autoscale["timeout"]) ?? defaults.KeepWarm,
            Subnets = subnets.IsEmpty && zones.IsEmpty ? group.SubnetIds : subnets,
            Zones = subnets.IsEmpty && zones.IsEmpty ? group.AvailabilityZones : zones,
            TargetGroups = targetGroups,
            HealthCheck = (string?)health?["type"] switch
            {
                "elb" => HealthCheckKind.ELB,
                null when !targetGroups.IsEmpty => HealthCheckKind.ELB,
                _ => HealthCheckKind.EC2,
            },
            Grace = Seconds(health?["grace"]) ?? defaults.Grace,
            Hooks = [.. (autoscale["lifecycle_hooks"] as JArray ?? []).OfType<JObject>().Select(Hook)],
            InstanceTypes = types.IsEmpty ? [.. group.Variants.SelectMany(each => each.InstanceTypes).Distinct()] : types,
            SpotShare = spotShare,
            OnDemandBase = onDemandBase,
            TerminationPolicies = autoscale["termination_policies"] is JArray policies ? Texts(policies) : defaults.TerminationPolicies,
            Warmup = Seconds(autoscale["warmup"]) ?? defaults.Warmup,
            Canary = autoscale["canary"] is JObject canary ? CanarySettings.Of(canary) : null,
        };
    }

    private static Capacity ReadCapacity(GroupName group, JObject autoscale)
    {
        var min = Number(autoscale["node_min"]) ?? Math.Min(1, Number(autoscale["node_max"]) ?? 1);
        var max = Number(autoscale["node_max"]) ?? Math.Max(min, Number(autoscale["node_desired"]) ?? min);
        var desired = Number(autoscale["node_desired"]) ?? min;
        return min <= desired && desired <= max
            ? new Capacity(min, max, desired)
            : throw new BakerException(
                ExitCode.BadInput,
                $"The group {group} asks for node_min {min}, node_desired {desired}, node_max {max}.",
                "They should rise in that order.");
    }

    private static (ImmutableArray<string> Types, int SpotShare, int OnDemandBase) Types(JToken? value) => value switch
    {
        JArray list => (Texts(list), 0, 0),
        JObject mixed => (Texts(mixed["types"]), Number(mixed["spot_share"]) ?? 0, Number(mixed["on_demand_base"]) ?? 0),
        _ => ([], 0, 0),
    };

    private static HookSettings Hook(JObject hook) => new(
        (string)hook["name"]!,
        ((string)hook["transition"]!).EndsWith("LAUNCHING", StringComparison.OrdinalIgnoreCase),
        Seconds(hook["timeout"]) ?? ServiceSettings.UsualHookTimeout,
        (string?)hook["default_result"] ?? "CONTINUE",
        (string?)hook["notification_target"],
        (string?)hook["role_arn"],
        (string?)hook["metadata"]);

    private static ImmutableArray<string> Texts(JToken? value) => value is JArray list ? [.. list.Select(item => (string)item!)] : [];

    private static TimeSpan? Seconds(JToken? value) => Number(value) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    // Numbers keep their spelling in the merged group, so one may arrive as a raw token.
    private static int? Number(JToken? value) =>
        value is null or { Type: JTokenType.Null }
            ? null
            : int.Parse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
