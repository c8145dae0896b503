using System.Collections.Immutable;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Moves the instances of a group through their lifecycle states, one step at a look.</summary>
internal sealed class Lifecycle(
    CloudContext cloud,
    AutoScalingTables tables,
    ComputeModel compute,
    LoadBalancingService balancing,
    Activities activities)
{
    public void Step(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        var instance = compute.Tables.Instances.Find(member.Id);
        var state = instance?.State ?? "terminated";
        switch (member.State)
        {
            case "Pending" when state == "running":
                if (!Wait(group, member, HookRecord.Launching, "Pending:Wait", now))
                {
                    EnterService(group, member, now);
                }

                break;
            case "Pending" when state is not "pending":
                activities.End(
                    member.ActivityId,
                    "Failed",
                    $"Instance failed to launch: it is {state}. {instance?.StateReasonMessage}".TrimEnd());
                Leave(
                    group,
                    member,
                    "an instance was taken out of service in response to an EC2 health check indicating it has been "
                        + "terminated or stopped.",
                    now);
                break;
            case "Warmed:Pending" when state == "running":
                if (!Wait(group, member, HookRecord.Launching, "Warmed:Pending:Wait", now))
                {
                    Rest(group, member, now);
                }

                break;
            case "Warmed:Pending:Proceed" when state == "stopped":
                activities.End(member.ActivityId);
                tables.Members.Put(member with { State = MemberRecord.Warmed + group.WarmPool?.PoolState, Since = now, ActivityId = null });
                break;
            case "Warmed:Stopped" or "Warmed:Running" or "Warmed:Hibernated" or "Warmed:Pending" or "Warmed:Pending:Proceed"
                when state is "terminated" or "shutting-down":
                activities.End(member.ActivityId, "Failed", $"Instance failed to launch: it is {state}.");
                Leave(group, member, "an instance was taken out of the warm pool: it has been terminated.", now);
                break;
            case "Pending:Wait" or "Warmed:Pending:Wait":
                EndWait(group, member, now);
                break;
            case "Terminating":
                Drained(group, member, now);
                break;
            case "Terminating:Wait":
                EndWait(group, member, now);
                break;
            case "Terminating:Proceed":
                Ended(group, member, state, now);
                break;
            case "EnteringStandby" when IsDrained(group, member):
                activities.End(member.ActivityId);
                tables.Members.Put(member with { State = "Standby", Since = now, ActivityId = null });
                break;
            case "Detaching" when IsDrained(group, member):
                activities.End(member.ActivityId);
                tables.Members.Remove(member.Id);
                break;
        }
    }

    /// <summary>Begins the end of an instance: out of the target groups, drained, its hooks heard, terminated.</summary>
    public ActivityRecord Leave(GroupRecord group, MemberRecord member, string because, DateTimeOffset now, string? cause = null)
    {
        // Where it leaves before it was in service, its launch is over too.
        activities.End(member.ActivityId, "Cancelled", "The instance was terminated before it was in service");
        var activity = activities.Begin(
            group,
            $"Terminating EC2 instance: {member.Id}",
            $"{cause}At {now:yyyy-MM-dd'T'HH:mm:ss'Z'} {because}",
            member.Zone);
        Deregister(group, member, now);
        tables.Members.Put(member with
        {
            State = "Terminating",
            Since = now,
            ActivityId = activity.Id,
            Waits = [],
            WasWarm = member.IsWarm,
        });
        return activity;
    }

    /// <summary>The same, but the instance is kept ready where the group's warm pool takes such back.</summary>
    public void Release(GroupRecord group, MemberRecord member, string because, DateTimeOffset now, string? cause)
    {
        Leave(group, member, because, now, cause);
        if (group.WarmPool is { Reuses: true, IsLeaving: false } && tables.Members.Find(member.Id) is { } leaving)
        {
            tables.Members.Put(leaving with { Returns = true });
        }
    }

    /// <summary>Brings a new or returning instance into the state in which the warm pool keeps its own.</summary>
    private void Rest(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        if (group.WarmPool is not { PoolState: not "Running" })
        {
            activities.End(member.ActivityId);
            tables.Members.Put(member with { State = "Warmed:Running", Since = now, ActivityId = null, Waits = [] });
            return;
        }

        if (compute.Tables.Instances.Find(member.Id) is { State: "running" } instance)
        {
            compute.States.Stop(instance, now);
        }

        tables.Members.Put(member with { State = "Warmed:Pending:Proceed", Since = now, Waits = [] });
    }

    /// <summary>Takes an instance out of all target groups of the group.</summary>
    public void Deregister(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        foreach (var arn in group.TargetGroups)
        {
            if (balancing.Tables.TargetGroups.Find(arn) is { } targets)
            {
                balancing.Targets.Deregister(targets, member.Id, null, now);
            }
        }
    }

    public void Register(GroupRecord group, MemberRecord member, IEnumerable<string> arns, DateTimeOffset now)
    {
        foreach (var arn in group.Allows("AddToLoadBalancer") ? arns : [])
        {
            try
            {
                if (balancing.Tables.TargetGroups.Find(arn) is { } targets)
                {
                    balancing.Targets.Register(targets, member.Id, null, now);
                }
            }
            catch (CloudException)
            {
                // It stopped running just now; the health check sees that next.
            }
        }
    }

    public void EnterService(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        Register(group, member, group.TargetGroups, now);
        activities.End(member.ActivityId);
        tables.Members.Put(member with { State = "InService", Since = now, InServiceAt = now, ActivityId = null, Waits = [] });
    }

    /// <summary>
    /// Whether an instance has passed the checks that the group's health depends on: where those of its load balancers
    /// count, being new is not enough.
    /// </summary>
    public bool HasPassed(GroupRecord group, MemberRecord member) => !group.HealthCheckType.Contains("ELB", StringComparison.Ordinal)
        || group.TargetGroups
            .Where(balancing.Balancer.IsUsed)
            .SelectMany(arn => balancing.Tables.TargetsByGroup[arn])
            .Where(each => each.Target == member.Id)
            .All(each => each.State == "healthy");

    private bool IsDrained(GroupRecord group, MemberRecord member) =>
        group.TargetGroups.All(arn => balancing.Targets.IsDrained(arn, member.Id));

    private void Drained(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        if (!IsDrained(group, member))
        {
            activities.Status(member.ActivityId, "WaitingForELBConnectionDraining", 30);
            return;
        }

        if (member.Returns && compute.Tables.Instances.Find(member.Id) is { State: "running" })
        {
            Rest(group, member with { Returns = false, InServiceAt = null }, now);
            return;
        }

        if (group.IsForced || !Wait(group, member, HookRecord.Terminating, "Terminating:Wait", now))
        {
            Terminate(member, now);
        }
    }

    private void Terminate(MemberRecord member, DateTimeOffset now)
    {
        if (compute.Tables.Instances.Find(member.Id) is { IsLive: true } instance)
        {
            compute.States.Terminate(instance, now, "User initiated");
        }

        activities.Status(member.ActivityId, "InProgress", 60);
        tables.Members.Put(member with { State = "Terminating:Proceed", Since = now, Waits = [] });
    }

    private void Ended(GroupRecord group, MemberRecord member, string state, DateTimeOffset now)
    {
        if (state == "terminated")
        {
            activities.End(member.ActivityId);
            tables.Members.Remove(member.Id);
        }
        else if (compute.Tables.Instances.Find(member.Id) is { IsLive: true } instance)
        {
            compute.States.Terminate(instance, now, "User initiated");
        }
    }

    /// <summary>Begins to wait for the hooks of a transition; false where there is none.</summary>
    private bool Wait(GroupRecord group, MemberRecord member, string transition, string state, DateTimeOffset now)
    {
        var hooks = group.Hooks.Where(each => each.Transition == transition).ToImmutableArray();
        if (hooks.IsEmpty)
        {
            return false;
        }

        activities.Status(member.ActivityId, "MidLifecycleAction", 50);
        tables.Members.Put(member with
        {
            State = state,
            Since = now,
            Waits = [.. hooks.Select(hook => new WaitRecord(
                hook.Name,
                Guid.NewGuid().ToString(),
                now + Held(member, hook, hook.Heartbeat),
                now + Held(member, hook, hook.GlobalTimeout),
                null))],
        });
        return true;
    }

    /// <summary>How long a hook holds an instance: one that really runs, and has something to finish, as long as it says.</summary>
    public TimeSpan Held(MemberRecord member, HookRecord hook, int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return hook.Transition == HookRecord.Terminating && compute.Tables.Instances.Find(member.Id) is { Executes: true, State: "running" }
            ? time
            : cloud.Delays.Scaled(time);
    }

    /// <summary>Goes on once every hook has a result, its own or the one that its time-out stands for.</summary>
    private void EndWait(GroupRecord group, MemberRecord member, DateTimeOffset now)
    {
        var waits = member.Waits.Select(wait => wait.Result is null && now >= wait.Due
            ? wait with { Result = group.Hooks.FirstOrDefault(hook => hook.Name == wait.Hook)?.DefaultResult ?? "ABANDON" }
            : wait).ToImmutableArray();
        var isAbandoned = waits.Any(each => each.Result == "ABANDON");
        if (member.State is "Pending:Wait" or "Warmed:Pending:Wait" && isAbandoned)
        {
            activities.End(
                member.ActivityId,
                "Cancelled",
                $"Lifecycle Action with token {waits.First(each => each.Result == "ABANDON").Token} was abandoned: "
                    + "Instance launch was abandoned");
            Leave(
                group,
                member with { IsAbandoned = true },
                "an instance was taken out of service in response to a lifecycle action being abandoned.",
                now);
        }
        else if (isAbandoned || waits.All(each => each.Result is not null))
        {
            // At a termination both results let the instance go; ABANDON only stops the other hooks.
            if (member.State == "Pending:Wait")
            {
                EnterService(group, member, now);
            }
            else if (member.State == "Warmed:Pending:Wait")
            {
                Rest(group, member, now);
            }
            else
            {
                Terminate(member, now);
            }
        }
        else if (!waits.SequenceEqual(member.Waits))
        {
            tables.Members.Put(member with { Waits = waits });
        }
    }
}
