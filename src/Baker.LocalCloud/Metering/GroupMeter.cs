using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.AutoScaling;

namespace Baker.LocalCloud.Metering;

/// <summary>The sizes of Auto Scaling groups whose metrics are collected.</summary>
internal sealed class GroupMeter(AutoScalingTables tables, Metrics metrics)
{
    public void Measure(DateTimeOffset now)
    {
        foreach (var group in tables.Groups.All.Where(each => !each.Metrics.IsEmpty))
        {
            var members = tables.MembersByGroup[group.Id];
            foreach (var name in group.Metrics)
            {
                double? value = name switch
                {
                    "GroupMinSize" => group.Min,
                    "GroupMaxSize" => group.Max,
                    "GroupDesiredCapacity" => group.Desired,
                    "GroupInServiceInstances" => members.Count(each => each.State == "InService"),
                    "GroupPendingInstances" => members.Count(each => each.IsPending),
                    "GroupStandbyInstances" => members.Count(each => each.State == "Standby"),
                    "GroupTerminatingInstances" => members.Count(each => each.IsLeaving),
                    "GroupTotalInstances" => members.Count,
                    _ => null,
                };
                if (value is { } number)
                {
                    metrics.Put(group.Region, "AWS/AutoScaling", name, [("AutoScalingGroupName", group.Name)], "Count", now, number);
                }
            }
        }
    }
}
