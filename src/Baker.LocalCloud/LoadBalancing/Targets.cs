using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Takes targets into groups and out of them; Auto Scaling does it this way too.</summary>
internal sealed class Targets(CloudContext cloud, BalancingTables tables, Table<InstanceRecord> instances, Balancer balancer)
{
    /// <exception cref="CloudException">The instance is unknown or does not run.</exception>
    public void Register(TargetGroupRecord group, string target, int? port, DateTimeOffset now)
    {
        var instance = instances.Find(target);
        if (group.TargetType == "instance" && (instance is null || instance.Region != group.Region))
        {
            throw new CloudException("InvalidTarget", $"The following targets are not valid instances: '{target}'");
        }

        if (group.TargetType == "instance" && instance!.State != "running")
        {
            throw new CloudException(
                "InvalidTarget",
                $"The following targets are not in a running state and cannot be registered: '{target}'");
        }

        var id = TargetRecord.IdOf(group.Id, target, port ?? group.Port);
        if (tables.Targets.Find(id) is { IsDraining: false })
        {
            return;
        }

        tables.Targets.Put(new TargetRecord
        {
            Id = id,
            GroupArn = group.Id,
            Target = target,
            Port = port
            ?? group.Port,
            Zone = instance?.Zone,
            RegisteredAt = now
        });
        balancer.TargetsChanged(group.Id);
    }

    /// <summary>Takes a target out, draining where a load balancer uses the group; nothing happens where it is not registered.</summary>
    public void Deregister(TargetGroupRecord group, string target, int? port, DateTimeOffset now)
    {
        var isUsed = balancer.IsUsed(group.Id);
        foreach (var found in tables.TargetsByGroup[group.Id]
            .Where(each => each.Target == target && (port is null || each.Port == port) && !each.IsDraining)
            .ToList())
        {
            if (isUsed)
            {
                tables.Targets.Put(found with
                {
                    State = "draining",
                    Reason = "Target.DeregistrationInProgress",
                    Description = "Target deregistration is in progress",
                    DrainsUntil = now + DelayOf(group),
                });
            }
            else
            {
                tables.Targets.Remove(found.Id);
            }

            balancer.TargetsChanged(group.Id);
        }
    }

    /// <summary>Whether a target that leaves has no request under way any more, so that it can be stopped.</summary>
    public bool IsDrained(string groupArn, string target) =>
        tables.TargetsByGroup[groupArn].Where(each => each.Target == target).All(each => each.IsDraining && balancer.InFlight(each) == 0);

    /// <summary>What a target shows as.</summary>
    public (string State, string? Reason, string? Description) HealthOf(TargetGroupRecord group, TargetRecord? target, bool isUsed)
    {
        if (target is null)
        {
            return ("unused", "Target.NotRegistered", "Target is not registered to the target group");
        }

        if (!isUsed)
        {
            return ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer");
        }

        return !target.IsDraining
            && group.TargetType == "instance"
            && instances.Find(target.Target) is not { State: "running" or "pending" }
            ? ("unused", "Target.InvalidState", "Target is in the stopped state")
            : (target.State, target.Reason, target.Description);
    }

    private TimeSpan DelayOf(TargetGroupRecord group) =>
        cloud.Delays.Scaled(TimeSpan.FromSeconds(BalancingAttributes.Seconds(group.Attributes, BalancingAttributes.Delay, 300)));
}
