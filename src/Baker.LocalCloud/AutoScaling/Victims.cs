namespace Baker.LocalCloud.AutoScaling;

/// <summary>Chooses what a group that is too large lets go of: first the fullest zone, then by the termination policies.</summary>
internal static class Victims
{
    /// <param name="age">The version number that an instance was launched from, less for older templates.</param>
    public static MemberRecord? Choose(GroupRecord group, IReadOnlyList<MemberRecord> members, Func<MemberRecord, long> age)
    {
        var free = members.Where(each => each.Counts && !each.IsProtected).ToList();
        if (free.Count == 0)
        {
            return null;
        }

        var sizes = members
            .Where(each => each.Counts)
            .GroupBy(each => each.Zone)
            .ToDictionary(zone => zone.Key, zone => zone.Sum(each => each.Weight));
        var fullest = free.Max(each => sizes.GetValueOrDefault(each.Zone));
        IOrderedEnumerable<MemberRecord> order = free
            .Where(each => sizes.GetValueOrDefault(each.Zone) == fullest)
            .OrderBy(each => each.Health == "Healthy");
        foreach (var policy in group.TerminationPolicies.IsEmpty ? ["Default"] : group.TerminationPolicies)
        {
            order = policy switch
            {
                "OldestInstance" => order.ThenBy(each => each.LaunchedAt),
                "NewestInstance" => order.ThenByDescending(each => each.LaunchedAt),
                "OldestLaunchTemplate" or "OldestLaunchConfiguration" or "Default" => order.ThenBy(age),
                _ => order,
            };
        }

        return order.ThenBy(each => each.LaunchedAt).ThenBy(each => each.Id, StringComparer.Ordinal).First();
    }
}
