using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Fills the pools of instances that groups keep ready, and takes from them ("Warm pools", Amazon EC2 Auto Scaling).</summary>
internal sealed class WarmPools(
    CloudContext cloud,
    AutoScalingTables tables,
    ComputeModel compute,
    Launcher launcher,
    Lifecycle lifecycle,
    Activities activities)
{
    /// <summary>Moves ready instances into the group, as far as it lacks some; what is lacking then.</summary>
    public int Take(GroupRecord group, int missing, string cause, DateTimeOffset now)
    {
        if (group.WarmPool is null)
        {
            return missing;
        }

        foreach (var member in tables.MembersOf(group).Where(each => each.IsReady).ToList())
        {
            if (missing <= 0 || compute.Tables.Instances.Find(member.Id) is not { State: "running" or "stopped" } instance)
            {
                continue;
            }

            if (instance.State == "stopped")
            {
                compute.States.Begin(instance, now);
            }

            var activity = activities.Begin(group, $"Launching a new EC2 instance from warm pool: {member.Id}", cause, member.Zone);
            tables.Members.Put(member with { State = "Pending", Since = now, ActivityId = activity.Id, LaunchedAt = now });
            missing -= member.Weight;
        }

        return missing;
    }

    /// <summary>Launches what a pool lacks, and lets go of what is too much.</summary>
    public void Fill(GroupRecord group, LaunchPlan plan, DateTimeOffset now)
    {
        var pool = tables.MembersOf(group).Where(each => each is { IsWarm: true, IsLeaving: false }).ToList();
        if (group.WarmPool is not { } wanted)
        {
            return;
        }

        var (have, size) = (pool.Sum(each => each.Weight), wanted.SizeFor(group));
        if (have < size && group.Allows("Launch") && now >= group.LaunchesAgainAt)
        {
            launcher.Launch(
                group,
                plan with { IsForWarmPool = true },
                size - have,
                $"At {now:yyyy-MM-dd'T'HH:mm:ss'Z'} an instance was started in response to a difference between desired and actual "
                    + $"capacity of the warm pool, increasing the warm pool from {have} to {size}.",
                now,
                cloud.Delays.Scaled);
            return;
        }

        foreach (var member in group.Allows("Terminate") ? pool.AsEnumerable().Reverse() : [])
        {
            if (have - member.Weight < size)
            {
                break;
            }

            have -= member.Weight;
            lifecycle.Leave(
                group,
                member,
                "an instance was taken out of the warm pool in response to a difference between desired and actual capacity of the "
                    + "warm pool.",
                now);
        }

        if (wanted.IsLeaving && pool.Count == 0 && !tables.MembersByGroup[group.Id].Any(each => each.IsWarm))
        {
            tables.Groups.Put(tables.Groups.Find(group.Id)! with { WarmPool = null });
        }
    }
}
