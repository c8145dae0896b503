using System.Collections.Immutable;
using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LaunchTemplates;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Instance refreshes: replaces what is old within the healthy percentages, waits at checkpoints, bakes, rolls back.</summary>
internal sealed class Refreshes(CloudContext cloud, AutoScalingTables tables, LaunchTemplateStore templates, Lifecycle lifecycle)
{
    private const int Patience = 3600;
    private const int DefaultCheckpointDelay = 3600;

    /// <summary>Whether the alarm of this region and name is in the state ALARM; set by whoever keeps alarms.</summary>
    public Func<string, string, bool> IsInAlarm { get; set; } = static (_, _) => false;

    /// <summary>What the group launches now: while a refresh runs, what the refresh is for.</summary>
    public LaunchPlan PlanOf(GroupRecord group) => tables.ActiveRefresh(group) switch
    {
        { Status: "RollbackInProgress", Original: { } original } => LaunchPlan.Of(original.LaunchTemplate, original.MixedInstancesPolicy),
        { Wanted: { } wanted } => LaunchPlan.Of(wanted.LaunchTemplate, wanted.MixedInstancesPolicy),
        _ => LaunchPlan.Of(group.Template, group.Mixed),
    };

    /// <summary>How much more than the desired capacity may run now: the room for launching before terminating.</summary>
    public int Surplus(GroupRecord group)
    {
        if (tables.ActiveRefresh(group) is not { Status: "InProgress" or "RollbackInProgress" } refresh
            || !CanMove(group)
            || refresh.WaitsUntil is not null)
        {
            return 0;
        }

        var room = Share(group.Desired, Percentages(group, refresh).Max) - group.Desired;
        return Math.Clamp(room, 0, Math.Min(Left(group, refresh).Count, Allowed(group, refresh)));
    }

    public void Step(GroupRecord group, DateTimeOffset now)
    {
        if (tables.ActiveRefresh(group) is not { } refresh)
        {
            return;
        }

        switch (refresh.Status)
        {
            case "Pending":
                tables.Refreshes.Put(refresh with { Status = "InProgress", MovedAt = now });
                break;
            case "Cancelling":
                Finish(refresh, "Cancelled", "Cancelled by a user request.", now);
                break;
            case "Baking" when Alarm(group, refresh) is { } alarm:
                Fail(group, refresh, alarm, now);
                break;
            case "Baking" when now >= refresh.WaitsUntil:
                Succeed(group, refresh, now);
                break;
            case "InProgress" or "RollbackInProgress":
                Move(group, refresh, now);
                break;
        }
    }

    /// <summary>Turns a refresh back to what the group launched from before.</summary>
    public RefreshRecord RollBack(GroupRecord group, RefreshRecord refresh, string reason, DateTimeOffset now)
    {
        var original = LaunchPlan.Of(refresh.Original?.LaunchTemplate, refresh.Original?.MixedInstancesPolicy);
        var rolling = refresh with
        {
            Status = "RollbackInProgress",
            RollbackAt = now,
            RollbackReason = reason,
            ToReplace = [.. tables.MembersOf(group).Where(each => each.Counts && !Matches(group, each, original)).Select(each => each.Id)],
            WaitsUntil = null,
            CheckpointsPassed = int.MaxValue,
            MovedAt = now,
        };
        tables.Refreshes.Put(rolling);
        return rolling;
    }

    /// <summary>Whether an instance was launched from this, by template, version and, of a mixed group, type.</summary>
    public bool Matches(GroupRecord group, MemberRecord member, LaunchPlan plan)
    {
        var template = templates.Find(
            group.Region,
            plan.Template.LaunchTemplateId,
            plan.Template.LaunchTemplateId is null ? plan.Template.LaunchTemplateName : null);
        var version = LaunchTemplateStore.Version(template, plan.Template.Version).Number.ToString(CultureInfo.InvariantCulture);
        return member.Template is { } own && own.LaunchTemplateId == template.Id && own.Version == version
            && (plan.Overrides.Count == 0
                || plan.Overrides.Any(each => each.InstanceType is null || each.InstanceType == member.InstanceType));
    }

    private void Move(GroupRecord group, RefreshRecord refresh, DateTimeOffset now)
    {
        if (refresh.Status == "InProgress" && Alarm(group, refresh) is { } alarm)
        {
            Fail(group, refresh, alarm, now);
            return;
        }

        var (ready, left) = (Ready(group, refresh, now), Left(group, refresh));
        refresh = Explain(group, Note(group, refresh, ready, left, now), now);
        if (now > refresh.MovedAt + cloud.Delays.Scaled(TimeSpan.FromSeconds(Patience)))
        {
            Fail(group, refresh, "Timed out waiting for instances to be replaced and become healthy.", now);
            return;
        }

        if (AtCheckpoint(group, refresh, ready, now) || !CanMove(group))
        {
            return;
        }

        if (left.Count == 0)
        {
            if (ready.Count >= group.Desired)
            {
                Done(group, refresh, now);
            }

            return;
        }

        Replace(group, refresh, ready, left, now);
    }

    private void Replace(GroupRecord group, RefreshRecord refresh, List<MemberRecord> ready, List<MemberRecord> left, DateTimeOffset now)
    {
        var (min, max) = Percentages(group, refresh);
        var spare = ready.Count - Share(group.Desired, min);

        // Where rounding leaves no room to terminate first, one at a time is replaced all the same.
        if (spare <= 0 && max <= 100 && ready.Count >= group.Desired)
        {
            spare = 1;
        }

        var refreshesProtected = refresh.Preferences.ScaleInProtectedInstances?.Value == "Refresh";
        var free = left
            .Where(each => !each.IsProtected || refreshesProtected)
            .Where(each => each.State != "Standby" || refresh.Preferences.StandbyInstances?.Value == "Terminate");
        foreach (var member in free
            .OrderBy(each => each.Health == "Healthy")
            .ThenBy(each => lifecycle.HasPassed(group, each)) // what a rollback takes back may have been launched just now
            .ThenBy(each => each.LaunchedAt)
            .Take(Math.Min(spare, Allowed(group, refresh)))
            .ToList())
        {
            lifecycle.Leave(group, member, "an instance was taken out of service in response to an instance refresh.", now);
        }
    }

    /// <summary>Waits at a checkpoint that is reached; true while it does.</summary>
    private bool AtCheckpoint(GroupRecord group, RefreshRecord refresh, List<MemberRecord> ready, DateTimeOffset now)
    {
        if (refresh.WaitsUntil is { } until)
        {
            if (now < until)
            {
                return true;
            }

            tables.Refreshes.Put(refresh with { WaitsUntil = null, CheckpointsPassed = refresh.CheckpointsPassed + 1, MovedAt = now });
            return true;
        }

        var points = refresh.Preferences.CheckpointPercentages ?? [];
        if (refresh.CheckpointsPassed >= points.Count
            || refresh.Left == 0
            || refresh.Left > refresh.ToReplace.Length - Share(refresh.ToReplace.Length, points[refresh.CheckpointsPassed])
            || ready.Count < group.Desired)
        {
            return false;
        }

        var delay = TimeSpan.FromSeconds(refresh.Preferences.CheckpointDelay ?? DefaultCheckpointDelay);
        tables.Refreshes.Put(refresh with
        {
            WaitsUntil = now + cloud.Delays.Scaled(delay),
            Reason = $"Waiting for {delay.TotalSeconds:0} seconds before continuing after the checkpoint of "
                + $"{points[refresh.CheckpointsPassed]}%.",
        });
        return true;
    }

    /// <summary>How many may still be replaced before the next checkpoint.</summary>
    private int Allowed(GroupRecord group, RefreshRecord refresh)
    {
        var points = refresh.Preferences.CheckpointPercentages ?? [];
        if (refresh.CheckpointsPassed >= points.Count)
        {
            return int.MaxValue;
        }

        var replaced = refresh.ToReplace.Length - Left(group, refresh).Count;
        return Math.Max(0, Share(refresh.ToReplace.Length, points[refresh.CheckpointsPassed]) - replaced);
    }

    private RefreshRecord Note(
        GroupRecord group,
        RefreshRecord refresh,
        List<MemberRecord> ready,
        List<MemberRecord> left,
        DateTimeOffset now)
    {
        // An old one counts as replaced when a new one that is ready stands for it.
        var fresh = ready.Count(each => !refresh.ToReplace.Contains(each.Id));
        var unfinished = Math.Max(left.Count, Math.Min(refresh.ToReplace.Length, group.Desired - fresh));
        var done = refresh.ToReplace.Length == 0
            ? 100
            : 100 * (refresh.ToReplace.Length - Math.Max(0, unfinished)) / refresh.ToReplace.Length;
        var percentage = refresh.Status == "RollbackInProgress" ? Math.Min(refresh.Percentage, 100 - done) : done;
        if (unfinished == refresh.Left && percentage == refresh.Percentage)
        {
            return refresh;
        }

        var noted = refresh with { Left = Math.Max(0, unfinished), Percentage = percentage, MovedAt = now };
        tables.Refreshes.Put(noted);
        return noted;
    }

    /// <summary>Says which new instance warms up; every other reason is said where it comes up.</summary>
    private RefreshRecord Explain(GroupRecord group, RefreshRecord refresh, DateTimeOffset now)
    {
        var warming = tables.MembersByGroup[group.Id].FirstOrDefault(each =>
            each.State == "InService" && !refresh.ToReplace.Contains(each.Id) && now < each.InServiceAt + Warmup(group, refresh));
        var reason = warming is null
            ? null
            : $"Waiting for instances to warm up before continuing. For example: {warming.Id} is warming up.";
        if (refresh is not { Status: "InProgress", WaitsUntil: null } || reason == refresh.Reason)
        {
            return refresh;
        }

        var explained = refresh with { Reason = reason };
        tables.Refreshes.Put(explained);
        return explained;
    }

    private void Done(GroupRecord group, RefreshRecord refresh, DateTimeOffset now)
    {
        if (refresh.Status == "RollbackInProgress")
        {
            Finish(refresh, "RollbackSuccessful", refresh.RollbackReason, now);
        }
        else if (refresh.Preferences.BakeTime is > 0 and var bake)
        {
            tables.Refreshes.Put(refresh with
            {
                Status = "Baking",
                Percentage = 100,
                Left = 0,
                WaitsUntil = now + cloud.Delays.Scaled(TimeSpan.FromSeconds(bake)),
            });
        }
        else
        {
            Succeed(group, refresh, now);
        }
    }

    private void Succeed(GroupRecord group, RefreshRecord refresh, DateTimeOffset now)
    {
        if (refresh.Wanted is { } wanted)
        {
            tables.Groups.Put(tables.Groups.Find(group.Id)! with { Template = wanted.LaunchTemplate, Mixed = wanted.MixedInstancesPolicy });
        }

        Finish(refresh with { Percentage = 100, Left = 0 }, "Successful", null, now);
    }

    private void Fail(GroupRecord group, RefreshRecord refresh, string reason, DateTimeOffset now)
    {
        if (refresh.Status == "RollbackInProgress")
        {
            Finish(refresh, "RollbackFailed", reason, now);
        }
        else if (refresh.Preferences.AutoRollback == true && refresh.Original is not null)
        {
            RollBack(group, refresh with { Reason = reason }, reason, now);
        }
        else
        {
            Finish(refresh, "Failed", reason, now);
        }
    }

    private void Finish(RefreshRecord refresh, string status, string? reason, DateTimeOffset now) =>
        tables.Refreshes.Put(refresh with { Status = status, Reason = reason, EndedAt = now, WaitsUntil = null });

    private string? Alarm(GroupRecord group, RefreshRecord refresh) =>
        refresh.Preferences.AlarmSpecification?.Alarms?.Find(name => IsInAlarm(group.Region, name)) is { } name
            ? $"The alarm {name} went into the ALARM state."
            : null;

    private static bool CanMove(GroupRecord group) => group.Allows("Launch") && group.Allows("Terminate");

    private List<MemberRecord> Left(GroupRecord group, RefreshRecord refresh) =>
        [.. refresh.ToReplace
            .Select(tables.Members.Find)
            .OfType<MemberRecord>()
            .Where(each => each.GroupId == group.Id && !each.IsLeaving)];

    private List<MemberRecord> Ready(GroupRecord group, RefreshRecord refresh, DateTimeOffset now)
    {
        var warmup = Warmup(group, refresh);
        return [.. tables.MembersByGroup[group.Id].Where(each =>
            each is { State: "InService", Health: "Healthy" }
            && (refresh.ToReplace.Contains(each.Id) || (now >= each.InServiceAt + warmup && lifecycle.HasPassed(group, each))))];
    }

    private TimeSpan Warmup(GroupRecord group, RefreshRecord refresh) =>
        cloud.Delays.Scaled(TimeSpan.FromSeconds(refresh.Preferences.InstanceWarmup ?? group.Warmup ?? group.Grace));

    private static (int Min, int Max) Percentages(GroupRecord group, RefreshRecord refresh) =>
        refresh.Preferences.MinHealthyPercentage is { } min ? (min, refresh.Preferences.MaxHealthyPercentage ?? 100)
        : group.Maintenance is { MinHealthyPercentage: >= 0 and { } low } policy
            ? (low, policy.MaxHealthyPercentage is >= 100 and { } high ? high : 100)
        : (90, 100);

    private static int Share(int whole, int percentage) => (int)Math.Ceiling(whole * percentage / 100.0);
}
