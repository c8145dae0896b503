using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.Core.Imports;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Imports;

/// <summary>What an Auto Scaling group says of itself, as <c>autoscale</c> and <c>tags</c>.</summary>
internal static class FleetReading
{
    private const string None = "a manifest has nothing like it";

    public static void Read(ImportDraft draft, string place, AutoScalingGroup group)
    {
        void Fleet(string key, JToken value, string name) => draft.Carry("autoscale", value, place, name, key);

        Fleet("node_min", group.MinSize ?? 0, "MinSize");
        Fleet("node_max", group.MaxSize ?? 0, "MaxSize");
        Fleet("node_desired", group.DesiredCapacity ?? 0, "DesiredCapacity");
        if (!string.IsNullOrEmpty(group.VPCZoneIdentifier))
        {
            var subnets = group.VPCZoneIdentifier.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Fleet("subnets", Texts(subnets), "VPCZoneIdentifier");
        }
        else if (group.AvailabilityZones is { Count: > 0 } zones)
        {
            Fleet("zones", Texts(zones), "AvailabilityZones");
        }

        var targets = (group.TargetGroupARNs ?? [])
            .Concat((group.TrafficSources ?? []).Where(source => source.Type == "elbv2").Select(source => source.Identifier))
            .Distinct()
            .ToList();
        if (targets.Count > 0)
        {
            Fleet("target_groups", Texts(targets.Select(NameOf)), "TargetGroupARNs");
        }

        if (group.HealthCheckType is { Length: > 0 } kind)
        {
            var health = new JObject { ["type"] = kind.Contains("ELB", StringComparison.Ordinal) ? "elb" : "ec2" };
            if (group.HealthCheckGracePeriod is { } grace)
            {
                health["grace"] = grace;
            }

            Fleet("health_check", health, "HealthCheckType, HealthCheckGracePeriod");
            foreach (var other in kind.Split(',').Except(["ELB", "EC2"]))
            {
                draft.Leave(place, $"HealthCheckType {other}", None);
            }
        }

        if (group.TerminationPolicies is { Count: > 0 } policies && policies is not ["Default"])
        {
            Fleet("termination_policies", Texts(policies), "TerminationPolicies");
        }

        if (group.DefaultInstanceWarmup is >= 0 and var warmup)
        {
            Fleet("warmup", warmup, "DefaultInstanceWarmup");
        }

        if (group.MixedInstancesPolicy is { } mixed)
        {
            ReadMixed(draft, place, mixed);
        }

        ReadTags(draft, place, group.Tags ?? []);
        LeaveRest(draft, place, group);
    }

    public static JObject Hook(LifecycleHook hook)
    {
        var written = new JObject
        {
            ["name"] = hook.LifecycleHookName,
            ["transition"] = hook.LifecycleTransition == "autoscaling:EC2_INSTANCE_TERMINATING" ? "terminating" : "launching",
        };
        void Add(string key, JToken? value)
        {
            if (value is not null && value.ToString().Length > 0)
            {
                written[key] = value;
            }
        }

        Add("timeout", hook.HeartbeatTimeout);
        Add("default_result", hook.DefaultResult);
        Add("notification_target", hook.NotificationTargetARN);
        Add("role_arn", hook.RoleARN);
        Add("metadata", hook.NotificationMetadata);
        return written;
    }

    private static void ReadMixed(ImportDraft draft, string place, MixedInstancesPolicy mixed)
    {
        const string Name = "MixedInstancesPolicy";
        var overrides = mixed.LaunchTemplate?.Overrides ?? [];
        var types = overrides.Select(each => each.InstanceType).Where(type => !string.IsNullOrEmpty(type)).Distinct().ToList();
        var distribution = mixed.InstancesDistribution;
        if (types.Count > 0)
        {
            var written = new JObject { ["types"] = Texts(types) };
            if (distribution?.OnDemandPercentageAboveBaseCapacity is { } share)
            {
                written["spot_share"] = 100 - share;
            }

            if (distribution?.OnDemandBaseCapacity is { } floor)
            {
                written["on_demand_base"] = floor;
            }

            draft.Carry("autoscale", written, place, Name, "instance_types");
        }

        foreach (var each in overrides)
        {
            if (!string.IsNullOrEmpty(each.WeightedCapacity))
            {
                draft.Leave(place, $"{Name}: WeightedCapacity {each.WeightedCapacity} of {each.InstanceType}", None);
            }

            if (each.InstanceRequirements is not null)
            {
                draft.Leave(place, $"{Name}: InstanceRequirements", "name the types: autoscale.instance_types");
            }

            if (each.LaunchTemplateSpecification is not null)
            {
                draft.Leave(
                    place,
                    $"{Name}: a launch template of its own for {each.InstanceType}",
                    "another architecture is \"architectures\"");
            }
        }

        foreach (var (name, value) in new (string, string?)[]
        {
            ("OnDemandAllocationStrategy", distribution?.OnDemandAllocationStrategy),
            ("SpotAllocationStrategy", distribution?.SpotAllocationStrategy),
            ("SpotInstancePools", distribution?.SpotInstancePools?.ToString(CultureInfo.InvariantCulture)),
            ("SpotMaxPrice", distribution?.SpotMaxPrice),
        })
        {
            if (!string.IsNullOrEmpty(value))
            {
                draft.Leave(place, $"{Name}: {name} {value}", "Baker chooses by price and capacity");
            }
        }
    }

    private static void ReadTags(ImportDraft draft, string place, IEnumerable<TagDescription> tags)
    {
        foreach (var tag in tags)
        {
            if (tag.PropagateAtLaunch != true)
            {
                draft.Leave(place, $"tag {tag.Key} ({tag.Value})", "it is the group's alone, and tags are also its instances'");
            }
            else
            {
                draft.Carry("tags", tag.Value ?? "", place, $"tag {tag.Key}", tag.Key);
            }
        }
    }

    private static void LeaveRest(ImportDraft draft, string place, AutoScalingGroup group)
    {
        void Leave(bool isThere, string name, string why = None)
        {
            if (isThere)
            {
                draft.Leave(place, name, why);
            }
        }

        foreach (var balancer in group.LoadBalancerNames ?? [])
        {
            draft.Leave(place, $"LoadBalancerNames: {balancer}", "classic load balancers are not served: make a target group");
        }

        foreach (var source in (group.TrafficSources ?? []).Where(source => source.Type is not ("elbv2" or "elb")))
        {
            draft.Leave(place, $"TrafficSources: {source.Identifier}", "fleets are joined to target groups alone");
        }

        foreach (var process in group.SuspendedProcesses ?? [])
        {
            draft.Leave(place, $"SuspendedProcesses: {process.ProcessName}", "a new fleet runs all; see autoscale:suspend");
        }

        Leave(group.EnabledMetrics is { Count: > 0 }, "EnabledMetrics");
        Leave(!string.IsNullOrEmpty(group.PlacementGroup), $"PlacementGroup {group.PlacementGroup}");
        Leave(group.NewInstancesProtectedFromScaleIn == true, "NewInstancesProtectedFromScaleIn");
        Leave(group.MaxInstanceLifetime is > 0, $"MaxInstanceLifetime {group.MaxInstanceLifetime}", "bake, and update the fleet, as often");
        Leave(group.CapacityRebalance == true, "CapacityRebalance");
        Leave(group.WarmPoolConfiguration is not null, "WarmPoolConfiguration", "write it as autoscale.warm_pool");
        Leave(!string.IsNullOrEmpty(group.Context), $"Context {group.Context}");
        Leave(
            !string.IsNullOrEmpty(group.ServiceLinkedRoleARN)
                && !group.ServiceLinkedRoleARN.EndsWith("/AWSServiceRoleForAutoScaling", StringComparison.Ordinal),
            $"ServiceLinkedRoleARN {group.ServiceLinkedRoleARN}");
        Leave(group.DefaultCooldown is not (null or 0 or 300), $"DefaultCooldown {group.DefaultCooldown}", "a policy has its own");
        Leave(group.InstanceMaintenancePolicy?.MinHealthyPercentage is >= 0, "InstanceMaintenancePolicy", "Baker replaces fleets whole");
        Leave(group.DesiredCapacityType is { Length: > 0 } and not "units", $"DesiredCapacityType {group.DesiredCapacityType}");
    }

    // arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID
    private static string NameOf(string arn) => arn.Split('/') is [_, var name, ..] ? name : arn;

    private static JArray Texts(IEnumerable<string> texts) => new(texts.Select(text => new JValue(text)));
}
