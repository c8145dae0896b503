using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LaunchTemplates;
using Baker.LocalCloud.Routing;
using Ec2 = Amazon.EC2.Model;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>
/// Launches a group's instances: through the same door as RunInstances, spread over the zones, type after type where one
/// has no capacity.
/// </summary>
internal sealed class Launcher(AutoScalingTables tables, ComputeModel compute, LaunchTemplateStore templates, Activities activities)
{
    private const int MostAtOnce = 500;
    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(5);

    /// <summary>Launches as much capacity as is missing.</summary>
    public void Launch(GroupRecord group, LaunchPlan plan, int missing, string cause, DateTimeOffset now, Func<TimeSpan, TimeSpan> scaled)
    {
        while (missing > 0)
        {
            var members = tables.MembersByGroup[group.Id].Where(each => each.Counts).ToList();
            var zones = ZonesOf(group).OrderBy(zone => members.Where(each => each.Zone == zone.Zone).Sum(each => each.Weight)).ToList();
            try
            {
                missing -= LaunchSome(group, plan, zones, members, missing, cause, now);
            }
            catch (CloudException error)
            {
                Failed(group, plan, error, cause, now, scaled);
                return;
            }
        }

        if (tables.Groups.Find(group.Id) is { FailedLaunches: > 0 } recovered)
        {
            tables.Groups.Put(recovered with { FailedLaunches = 0 });
        }
    }

    /// <summary>The zones that the group may use, each with its subnet.</summary>
    public IReadOnlyList<(string Zone, string SubnetId)> ZonesOf(GroupRecord group)
    {
        compute.Networks.Ensure(group.Region);
        return group.Subnets.IsEmpty
            ? [.. compute.Networks
                .DefaultSubnets(group.Region)
                .Where(each => group.Zones.Contains(each.Zone))
                .Select(each => (each.Zone, each.Id))]
            : [.. group.Subnets.Select(compute.Tables.Subnets.Find).OfType<SubnetRecord>().Select(each => (each.Zone, each.Id))];
    }

    private int LaunchSome(
        GroupRecord group,
        LaunchPlan plan,
        List<(string Zone, string SubnetId)> zones,
        List<MemberRecord> members,
        int missing,
        string cause,
        DateTimeOffset now)
    {
        var isSpot = plan.Distribution is not null && plan.NextIsSpot(
            members.Where(each => !each.IsSpot).Sum(each => each.Weight),
            members.Where(each => each.IsSpot).Sum(each => each.Weight));

        // Without weights and Spot shares to keep, the instances of one zone are one call.
        var count = plan.Distribution is null && plan.Overrides.Count == 0
            ? Math.Clamp(missing / Math.Max(1, zones.Count), 1, MostAtOnce)
            : 1;
        CloudException? refusal = null;
        foreach (var choice in plan.Overrides.Count == 0 ? [null] : plan.Overrides.ToList<LaunchTemplateOverrides?>())
        {
            foreach (var (_, subnetId) in zones)
            {
                try
                {
                    return LaunchIn(group, plan, choice, subnetId, count, isSpot, cause, now);
                }
                catch (CloudException error) when (error.Code is "InsufficientInstanceCapacity" or "Unsupported")
                {
                    refusal = error;
                }
            }
        }

        throw refusal ?? new CloudException("ValidationError", "The group has no usable zone.");
    }

    private int LaunchIn(
        GroupRecord group,
        LaunchPlan plan,
        LaunchTemplateOverrides? choice,
        string subnetId,
        int count,
        bool isSpot,
        string cause,
        DateTimeOffset now)
    {
        var named = choice?.LaunchTemplateSpecification ?? plan.Template;
        var template = templates.Find(
            group.Region,
            named.LaunchTemplateId,
            named.LaunchTemplateId is null ? named.LaunchTemplateName : null);
        var version = LaunchTemplateStore.Version(template, named.Version).Number.ToString(CultureInfo.InvariantCulture);
        var launched = compute.Launcher.Launch(
            new Call(
                ServiceNames.Compute,
                "RunInstances",
                group.Region,
                Identifiers.AccountId,
                "autoscaling",
                Guid.NewGuid().ToString(),
                now),
            new Ec2.RunInstancesRequest
            {
                LaunchTemplate = new() { LaunchTemplateId = template.Id, Version = version },
                InstanceType = choice?.InstanceType,
                ImageId = choice?.ImageId,
                MinCount = count,
                MaxCount = count,
                SubnetId = subnetId,
                InstanceMarketOptions = isSpot ? new() { MarketType = "spot" } : null,
                TagSpecifications = Tags(group),
            });
        foreach (var instance in launched)
        {
            compute.Tables.Instances.Put(instance with { Tags = instance.Tags.SetItems(OwnTags(group, template.Id, version)) });
            var where = plan.IsForWarmPool ? " into warm pool" : "";
            var activity = activities.Begin(group, $"Launching a new EC2 instance{where}: {instance.Id}", cause, instance.Zone);
            tables.Members.Put(new MemberRecord
            {
                Id = instance.Id,
                GroupId = group.Id,
                State = plan.IsForWarmPool ? "Warmed:Pending" : "Pending",
                Zone = instance.Zone,
                InstanceType = instance.InstanceType,
                ImageId = instance.ImageId,
                Template = new LaunchTemplateSpecification
                {
                    LaunchTemplateId = template.Id,
                    LaunchTemplateName = template.Name,
                    Version = version,
                },
                Since = now,
                LaunchedAt = now,
                IsProtected = group.ProtectsNew,
                Weight = LaunchPlan.WeightOf(choice),
                WeightText = choice?.WeightedCapacity,
                IsSpot = isSpot,
                ActivityId = activity.Id,
            });
        }

        return launched.Count * LaunchPlan.WeightOf(choice);
    }

    private void Failed(
        GroupRecord group,
        LaunchPlan plan,
        CloudException error,
        string cause,
        DateTimeOffset now,
        Func<TimeSpan, TimeSpan> scaled)
    {
        var kind = error.Code == "InsufficientInstanceCapacity" && plan.Distribution is not null
            ? "Could not launch On-Demand Instances. InsufficientInstanceCapacity - "
            : "";
        activities.Failed(group, "Launching a new EC2 instance", cause, $"{kind}{error.Message} Launching EC2 instance failed.");
        var wait = TimeSpan.FromTicks(Math.Min(s_longestWait.Ticks, s_firstWait.Ticks << Math.Min(group.FailedLaunches, 5)));
        if (tables.Groups.Find(group.Id) is { } current)
        {
            tables.Groups.Put(current with { FailedLaunches = current.FailedLaunches + 1, LaunchesAgainAt = now + scaled(wait) });
        }
    }

    private static List<Ec2.TagSpecification> Tags(GroupRecord group)
    {
        var tags = group.Tags.Where(each => each.Propagates).Select(each => new Ec2.Tag { Key = each.Key, Value = each.Value }).ToList();
        return tags.Count == 0 ? [] : [new Ec2.TagSpecification { ResourceType = "instance", Tags = tags }];
    }

    private static IEnumerable<KeyValuePair<string, string>> OwnTags(GroupRecord group, string templateId, string version) =>
    [
        new("aws:autoscaling:groupName", group.Name),
        new("aws:ec2launchtemplate:id", templateId),
        new("aws:ec2launchtemplate:version", version),
    ];
}
