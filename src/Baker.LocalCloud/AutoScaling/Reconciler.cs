using System.Globalization;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Brings every group towards what it should be: health, size, schedules, deletion.</summary>
internal sealed class Reconciler(
    CloudContext cloud,
    AutoScalingTables tables,
    ComputeModel compute,
    LoadBalancingService balancing,
    Launcher launcher,
    Lifecycle lifecycle,
    Refreshes refreshes,
    WarmPools pools,
    TrackingAlarms tracking)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private DateTimeOffset _looked;

    public void Run(DateTimeOffset now)
    {
        if (now < _looked + s_look && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var group in tables.Groups.All.ToList())
        {
            try
            {
                Run(group.Id, now);
            }
            catch (CloudException)
            {
                // One group that cannot go on, its template deleted for example, must not stop the others.
            }
        }
    }

    /// <summary>Looks at one group; actions call it so that their effect is seen at once.</summary>
    public void Run(string groupId, DateTimeOffset now)
    {
        if (tables.Groups.Find(groupId) is not { } group)
        {
            return;
        }

        foreach (var member in tables.MembersByGroup[groupId].ToList())
        {
            lifecycle.Step(group, member, now);
        }

        if (group.Status is not null)
        {
            Delete(group, now);
            return;
        }

        group = Schedules.Apply(group, tables, now);
        Replace(group, now);
        if (group.Allows("InstanceRefresh"))
        {
            refreshes.Step(group, now);
        }

        Size(tables.Groups.Find(groupId)!, now);
        if (tables.Groups.Find(groupId) is { WarmPool: not null } warmed)
        {
            pools.Fill(warmed, refreshes.PlanOf(warmed), now);
        }
    }

    /// <summary>Judges the health of what is in service, and lets the unhealthy go.</summary>
    private void Replace(GroupRecord group, DateTimeOffset now)
    {
        if (!group.Allows("HealthCheck"))
        {
            return;
        }

        var unhealthy = UnhealthyTargets(group);
        foreach (var member in tables.MembersByGroup[group.Id].Where(each => each.State == "InService").ToList())
        {
            var judged = member;
            if (member.Health == "Healthy" && Sickness(group, member, unhealthy, now) is { })
            {
                judged = member with { Health = "Unhealthy" };
                tables.Members.Put(judged);
            }

            if (judged.Health == "Unhealthy" && group.Allows("ReplaceUnhealthy") && group.Allows("Terminate"))
            {
                lifecycle.Leave(
                    group,
                    judged,
                    "an instance was taken out of service in response to "
                        + $"{Sickness(group, judged, unhealthy, now) ?? "a user health-check."}",
                    now);
            }
        }
    }

    /// <summary>The instances that fail in a target group, where the group's health depends on that.</summary>
    private HashSet<string> UnhealthyTargets(GroupRecord group) => !group.HealthCheckType.Contains("ELB", StringComparison.Ordinal)
        ? []
        : [.. group.TargetGroups
            .Where(balancing.Balancer.IsUsed)
            .SelectMany(arn => balancing.Tables.TargetsByGroup[arn])
            .Where(each => each.State == "unhealthy")
            .Select(each => each.Target)];

    private string? Sickness(GroupRecord group, MemberRecord member, HashSet<string> unhealthy, DateTimeOffset now) =>
        compute.Tables.Instances.Find(
            member.Id) is not { State: "running" } ? "an EC2 health check indicating it has been terminated or stopped."
        : unhealthy.Contains(member.Id)
            && now >= member.InServiceAt + cloud.Delays.Scaled(TimeSpan.FromSeconds(group.Grace)) ? "an ELB system health check failure."
        : null;

    private void Size(GroupRecord group, DateTimeOffset now)
    {
        var members = tables.MembersByGroup[group.Id].Where(each => each.Counts).ToList();
        var have = members.Sum(each => each.Weight);
        var want = group.Desired + refreshes.Surplus(group);
        if (have == want && group.Cause is not null)
        {
            tables.Groups.Put(group with { Cause = null });
        }

        if (have < want && group.Allows("Launch") && now >= group.LaunchesAgainAt)
        {
            var cause = string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Cause}At {now:yyyy-MM-dd'T'HH:mm:ss'Z'} an instance was started in response to a difference between desired and "
                    + $"actual capacity, increasing the capacity from {have} to {want}.");
            if (pools.Take(group, want - have, cause, now) is > 0 and var missing)
            {
                launcher.Launch(group, refreshes.PlanOf(group), missing, cause, now, cloud.Delays.Scaled);
            }
        }

        while (have > want && group.Allows("Terminate")
            && Victims.Choose(group, members, each => compute.Tables.Instances.Find(each.Id) is null ? 0 : VersionOf(each)) is { } victim
            && have - victim.Weight >= want)
        {
            lifecycle.Release(
                group,
                victim,
                "an instance was taken out of service in response to a difference between desired and actual capacity, "
                    + $"shrinking the capacity from {have} to {have - victim.Weight}.",
                now,
                group.Cause);
            members.Remove(victim);
            have -= victim.Weight;
        }
    }

    private void Delete(GroupRecord group, DateTimeOffset now)
    {
        var members = tables.MembersByGroup[group.Id].ToList();
        foreach (var member in members.Where(each => !each.IsLeaving))
        {
            lifecycle.Leave(group, member, "a user request force deleted AutoScalingGroup.", now);
        }

        if (members.Count > 0)
        {
            return;
        }

        // Policies, schedules and hooks go with the group; alarms stay behind, as on AWS, but for those of target tracking.
        foreach (var policy in group.Policies)
        {
            tracking.Remove(group.Region, policy);
        }

        tables.Groups.Remove(group.Id);
        foreach (var refresh in tables.RefreshesByGroup[group.Id].ToList())
        {
            tables.Refreshes.Remove(refresh.Id);
        }
    }

    private static long VersionOf(MemberRecord member) =>
        long.TryParse(member.Template?.Version, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
