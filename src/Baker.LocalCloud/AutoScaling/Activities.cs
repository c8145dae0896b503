using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Writes down what groups do. The newest hundred of a group are kept.</summary>
internal sealed class Activities(CloudContext cloud, AutoScalingTables tables)
{
    private const int Kept = 100;
    private long _number = tables.Activities.All.Select(each => each.Number).DefaultIfEmpty().Max();

    /// <summary>Begins an activity and gives its id.</summary>
    public ActivityRecord Begin(GroupRecord group, string description, string cause, string? zone = null)
    {
        var activity = new ActivityRecord
        {
            Id = Guid.NewGuid().ToString(),
            GroupId = group.Id,
            GroupName = group.Name,
            GroupArn = group.Arn,
            Description = description,
            Cause = cause,
            StartedAt = cloud.Now,
            Zone = zone,
            Number = ++_number,
        };
        tables.Activities.Put(activity);
        Trim(group);
        return activity;
    }

    public void Status(string? id, string status, int progress)
    {
        if (tables.Activities.Find(id) is { EndedAt: null } activity && activity.Status != status)
        {
            tables.Activities.Put(activity with { Status = status, Progress = progress });
        }
    }

    public void End(string? id, string status = "Successful", string? message = null)
    {
        if (tables.Activities.Find(id) is { EndedAt: null } activity)
        {
            tables.Activities.Put(activity with { Status = status, Message = message, Progress = 100, EndedAt = cloud.Now });
        }
    }

    /// <summary>An activity that failed at once.</summary>
    public void Failed(GroupRecord group, string description, string cause, string message) =>
        End(Begin(group, description, cause).Id, "Failed", message);

    public bool AnyOpen(GroupRecord group) => tables.ActivitiesByGroup[group.Id].Any(each => each.EndedAt is null);

    private void Trim(GroupRecord group)
    {
        var all = tables.ActivitiesByGroup[group.Id];
        if (all.Count > Kept && _number % (Kept / 2) == 0)
        {
            foreach (var old in all.Where(each => each.EndedAt is not null).OrderByDescending(each => each.Number).Skip(Kept).ToList())
            {
                tables.Activities.Remove(old.Id);
            }
        }
    }
}
