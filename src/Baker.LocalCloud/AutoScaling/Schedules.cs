using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Carries out the scheduled actions of a group.</summary>
internal static class Schedules
{
    /// <summary>The group after what is due; a single action is gone then, a recurring one waits for its next time.</summary>
    public static GroupRecord Apply(GroupRecord group, AutoScalingTables tables, DateTimeOffset now)
    {
        if (group.Schedules.Count == 0
            || !group.Allows("ScheduledActions")
            || group.Schedules.FirstOrDefault(each => each.StartTime is { } start && start <= now.UtcDateTime) is not { } due)
        {
            return group;
        }

        var others = group.Schedules.Where(each => each.ScheduledActionName != due.ScheduledActionName);
        var next = due.Recurrence is { } recurrence ? new Recurrence(recurrence, due.TimeZone).After(now)?.UtcDateTime : null;
        var changed = group with { Schedules = next is null || next > due.EndTime ? [.. others] : [.. others, At(due, next.Value)] };
        try
        {
            changed = Sizes.Change(
                changed,
                due.MinSize,
                due.MaxSize,
                due.DesiredCapacity,
                now,
                "a scheduled action update of AutoScalingGroup constraints to "
                    + $"min: {due.MinSize ?? group.Min}, max: {due.MaxSize ?? group.Max}, desired: {due.DesiredCapacity ?? group.Desired}");
        }
        catch (CloudException)
        {
            // Numbers that no longer fit the group: the action passes without an effect.
        }

        tables.Groups.Put(changed);
        return changed;
    }

    public static ScheduledUpdateGroupAction At(ScheduledUpdateGroupAction action, DateTime start)
    {
        var moved = action.CopyTo(new ScheduledUpdateGroupAction());
        moved.StartTime = start;
        moved.Time = start;
        return moved;
    }
}
