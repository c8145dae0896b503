using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Auto Scaling's resources.</summary>
internal sealed class AutoScalingTables
{
    public AutoScalingTables(StateStore store)
    {
        Groups = store.Table("groups", AutoScalingJson.Default.GroupRecord);
        Members = store.Table("group-members", AutoScalingJson.Default.MemberRecord);
        Activities = store.Table("scaling-activities", AutoScalingJson.Default.ActivityRecord);
        Refreshes = store.Table("instance-refreshes", AutoScalingJson.Default.RefreshRecord);
        MembersByGroup = Members.IndexBy(each => each.GroupId);
        ActivitiesByGroup = Activities.IndexBy(each => each.GroupId);
        RefreshesByGroup = Refreshes.IndexBy(each => each.GroupId);
    }

    public Table<GroupRecord> Groups { get; }

    public Table<MemberRecord> Members { get; }

    public Table<ActivityRecord> Activities { get; }

    public Table<RefreshRecord> Refreshes { get; }

    public TableIndex<MemberRecord> MembersByGroup { get; }

    public TableIndex<ActivityRecord> ActivitiesByGroup { get; }

    public TableIndex<RefreshRecord> RefreshesByGroup { get; }

    /// <exception cref="CloudException">There is no such group.</exception>
    public GroupRecord Group(Call call, string? name) =>
        name is null ? throw new CloudException("ValidationError", "An AutoScalingGroup name must be given")
        : Groups.Find(GroupRecord.IdOf(call.Region, name))
            ?? throw new CloudException("ValidationError", $"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found");

    /// <summary>Where an instance is in its group, or on its way to; null where it is in none.</summary>
    public string? TargetStateOf(string instance) =>
        Members.Find(instance) is { } member ? member.TargetState(Groups.Find(member.GroupId)?.WarmPool) : null;

    /// <summary>The members in the order of their launch.</summary>
    public List<MemberRecord> MembersOf(GroupRecord group) =>
        [.. MembersByGroup[group.Id].OrderBy(each => each.LaunchedAt).ThenBy(each => each.Id, StringComparer.Ordinal)];

    /// <exception cref="CloudException">One of them is not in the group.</exception>
    public List<MemberRecord> MembersOf(GroupRecord group, IEnumerable<string> ids) => [.. ids.Distinct().Select(id =>
        Members.Find(id) is { } found && found.GroupId == group.Id
            ? found
            : throw new CloudException("ValidationError", $"The instance {id} is not part of Auto Scaling group {group.Name}."))];

    public RefreshRecord? ActiveRefresh(GroupRecord group) => RefreshesByGroup[group.Id].FirstOrDefault(each => each.IsActive);
}
