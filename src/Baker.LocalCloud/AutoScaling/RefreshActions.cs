using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Starting, watching, cancelling and turning back instance refreshes.</summary>
internal sealed class RefreshActions(AutoScalingService service)
{
    private const int DefaultPage = 50;
    private const int MostAlarms = 10;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<StartInstanceRefreshRequest, StartInstanceRefreshResponse>(AutoScalingService.Name, Start);
        router.Handle<DescribeInstanceRefreshesRequest, DescribeInstanceRefreshesResponse>(AutoScalingService.Name, Describe);
        router.Handle<CancelInstanceRefreshRequest, CancelInstanceRefreshResponse>(AutoScalingService.Name, Cancel);
        router.Handle<RollbackInstanceRefreshRequest, RollbackInstanceRefreshResponse>(AutoScalingService.Name, RollBack);
    }

    private StartInstanceRefreshResponse Start(Call call, StartInstanceRefreshRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        if (_tables.ActiveRefresh(group) is { } running)
        {
            throw new CloudException(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh. "
                    + $"Instance Refresh: {running.Id}");
        }

        var preferences = (request.Preferences ?? new()).CopyTo(new RefreshPreferences());
        preferences.SkipMatching ??= false;
        preferences.AutoRollback ??= false;
        Check(preferences);
        var wanted = service.Settings.Desired(call, request.DesiredConfiguration);
        if (preferences.AutoRollback == true && wanted is null)
        {
            throw new CloudException("ValidationError", "AutoRollback requires a desired configuration.");
        }

        if (preferences.AutoRollback == true && !IsFixed(group))
        {
            throw new CloudException(
                "ValidationError",
                "AutoRollback is not available while the group's launch template version is $Latest or $Default.");
        }

        var plan = wanted is null
            ? LaunchPlan.Of(group.Template, group.Mixed)
            : LaunchPlan.Of(wanted.LaunchTemplate, wanted.MixedInstancesPolicy);
        var old = _tables.MembersOf(group)
            .Where(each => each.State is "InService" or "Standby" or "Pending" or "Pending:Wait")
            .Where(each => preferences.SkipMatching != true || !service.Refreshes.Matches(group, each, plan))
            .Where(each => !each.IsProtected || preferences.ScaleInProtectedInstances?.Value != "Ignore")
            .Where(each => each.State != "Standby" || preferences.StandbyInstances?.Value != "Ignore")
            .ToList();
        var refresh = new RefreshRecord
        {
            Id = Guid.NewGuid().ToString(),
            GroupId = group.Id,
            GroupName = group.Name,
            StartedAt = call.Now,
            MovedAt = call.Now,
            Strategy = request.Strategy?.Value ?? "Rolling",
            Preferences = preferences,
            Wanted = wanted,
            Original = new DesiredConfiguration { LaunchTemplate = group.Template, MixedInstancesPolicy = group.Mixed },
            ToReplace = [.. old.Select(each => each.Id)],
            Left = old.Count,
        };
        _tables.Refreshes.Put(refresh);
        return new StartInstanceRefreshResponse { InstanceRefreshId = refresh.Id };
    }

    private DescribeInstanceRefreshesResponse Describe(Call call, DescribeInstanceRefreshesRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        var refreshes = _tables.RefreshesByGroup[group.Id]
            .Where(each => request.InstanceRefreshIds is not { Count: > 0 } ids || ids.Contains(each.Id))
            .OrderByDescending(each => each.StartedAt)
            .ToList();
        var (items, next) = Paging.Page(
            after => after is null ? refreshes : refreshes.SkipWhile(each => each.Id != after).Skip(1),
            each => each.Id,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribeInstanceRefreshesResponse { InstanceRefreshes = [.. items.Select(Show)], NextToken = next };
    }

    private CancelInstanceRefreshResponse Cancel(Call call, CancelInstanceRefreshRequest request)
    {
        var refresh = Active(call, request.AutoScalingGroupName);
        _tables.Refreshes.Put(refresh with { Status = "Cancelling", WaitsUntil = null });
        return new CancelInstanceRefreshResponse { InstanceRefreshId = refresh.Id };
    }

    private RollbackInstanceRefreshResponse RollBack(Call call, RollbackInstanceRefreshRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        var refresh = Active(call, request.AutoScalingGroupName);
        if (refresh.Wanted is null || refresh.Status == "RollbackInProgress" || !IsFixed(group))
        {
            throw new CloudException("IrreversibleInstanceRefresh", refresh.Wanted is null
                ? "The instance refresh cannot be rolled back: it has no desired configuration."
                : !IsFixed(
                    group) ? "The instance refresh cannot be rolled back: the group's launch template version is $Latest or $Default."
                : "The instance refresh is being rolled back already.");
        }

        service.Refreshes.RollBack(group, refresh, "Rollback was requested by a user.", call.Now);
        return new RollbackInstanceRefreshResponse { InstanceRefreshId = refresh.Id };
    }

    private RefreshRecord Active(Call call, string name) => _tables.ActiveRefresh(_tables.Group(call, name))
        ?? throw new CloudException(
            "ActiveInstanceRefreshNotFound",
            $"No in progress or pending Instance Refresh found for Auto Scaling group {name}");

    // A version that moves gives nothing to go back to.
    private static bool IsFixed(GroupRecord group) =>
        (group.Template ?? group.Mixed?.LaunchTemplate?.LaunchTemplateSpecification)?.Version is not ("$Latest" or "$Default" or null);

    private static void Check(RefreshPreferences preferences)
    {
        var problem = preferences switch
        {
            { MaxHealthyPercentage: not null, MinHealthyPercentage: null } => "MaxHealthyPercentage requires MinHealthyPercentage.",
            { MinHealthyPercentage: < 0 or > 100 } => "MinHealthyPercentage must be between 0 and 100.",
            { MaxHealthyPercentage: < 100 or > 200 } => "MaxHealthyPercentage must be between 100 and 200.",
            { MaxHealthyPercentage: { } max, MinHealthyPercentage: { } min } when max - min > 100 =>
                "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.",
            { AlarmSpecification.Alarms.Count: > MostAlarms } => $"At most {MostAlarms} alarms can be specified.",
            { CheckpointPercentages: { Count: > 0 } points } when points.Zip(points.Skip(1)).Any(pair => pair.First >= pair.Second)
                || points[^1] != 100 =>
                "CheckpointPercentages must be in ascending order, and the last one must be 100.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new CloudException("ValidationError", problem);
        }
    }

    private static InstanceRefresh Show(RefreshRecord refresh) => new()
    {
        InstanceRefreshId = refresh.Id,
        AutoScalingGroupName = refresh.GroupName,
        Status = refresh.Status,
        StatusReason = refresh.Reason,
        StartTime = refresh.StartedAt.UtcDateTime,
        EndTime = refresh.EndedAt?.UtcDateTime,
        PercentageComplete = refresh.Percentage,
        InstancesToUpdate = refresh.Left,
        Preferences = refresh.Preferences,
        DesiredConfiguration = refresh.Wanted,
        Strategy = refresh.Strategy,
        RollbackDetails = refresh.RollbackAt is not { } at ? null : new RollbackDetails
        {
            RollbackReason = refresh.RollbackReason,
            RollbackStartTime = at.UtcDateTime,
            PercentageCompleteOnRollback = refresh.Percentage,
            InstancesToUpdateOnRollback = refresh.Left,
        },
    };
}
