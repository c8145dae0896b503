using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Making, describing, changing and deleting groups.</summary>
internal sealed class GroupActions(AutoScalingService service)
{
    private const int DefaultPage = 50;
    private const int LargestPage = 100;
    private static readonly string[] s_processes =
        [
            "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck",
            "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions",
        ];

    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateAutoScalingGroupRequest, CreateAutoScalingGroupResponse>(AutoScalingService.Name, Create);
        router.Handle<DescribeAutoScalingGroupsRequest, DescribeAutoScalingGroupsResponse>(AutoScalingService.Name, Describe);
        router.Handle<UpdateAutoScalingGroupRequest, UpdateAutoScalingGroupResponse>(AutoScalingService.Name, Update);
        router.Handle<DeleteAutoScalingGroupRequest, DeleteAutoScalingGroupResponse>(AutoScalingService.Name, Delete);
        router.Handle<SetDesiredCapacityRequest, SetDesiredCapacityResponse>(AutoScalingService.Name, SetDesired);
        router.Handle<SuspendProcessesRequest, SuspendProcessesResponse>(AutoScalingService.Name, Suspend);
        router.Handle<ResumeProcessesRequest, ResumeProcessesResponse>(AutoScalingService.Name, Resume);
        router.Handle<EnableMetricsCollectionRequest, EnableMetricsCollectionResponse>(AutoScalingService.Name, EnableMetrics);
        router.Handle<DisableMetricsCollectionRequest, DisableMetricsCollectionResponse>(AutoScalingService.Name, DisableMetrics);
        router.Handle<DescribeScalingActivitiesRequest, DescribeScalingActivitiesResponse>(AutoScalingService.Name, DescribeActivities);
    }

    private CreateAutoScalingGroupResponse Create(Call call, CreateAutoScalingGroupRequest request)
    {
        var id = GroupRecord.IdOf(call.Region, request.AutoScalingGroupName);
        if (request.AutoScalingGroupName.Contains(':') || request.AutoScalingGroupName.Length is 0 or > 255)
        {
            throw new CloudException("ValidationError", "Group name must be 1 to 255 characters long and must not contain a colon");
        }

        if (_tables.Groups.Find(id) is { } before)
        {
            throw before.Status is null
                ? new CloudException(
                    "AlreadyExists",
                    $"AutoScalingGroup by this name already exists - A group with the name {request.AutoScalingGroupName} already exists")
                : new CloudException(
                    "AlreadyExists",
                    $"AutoScalingGroup by this name already exists - A group with the name {request.AutoScalingGroupName} "
                        + "already exists and is pending delete");
        }

        if (request.LaunchConfigurationName is not null || request.InstanceId is not null)
        {
            throw new CloudException(
                "ValidationError",
                request.InstanceId is null
                    ? "Launch configuration name not found - Launch configurations are not available"
                    : "The local cloud does not make groups from an instance: give a launch template");
        }

        var (min, max) = (request.MinSize ?? throw Missing("minSize"), request.MaxSize ?? throw Missing("maxSize"));
        var group = Sizes.Change(
            new GroupRecord
            {
                Id = id,
                Region = call.Region,
                Name = request.AutoScalingGroupName,
                Arn = $"arn:aws:autoscaling:{call.Region}:{call.AccountId}:autoScalingGroup:{Guid.NewGuid()}:"
                    + $"autoScalingGroupName/{request.AutoScalingGroupName}",
                CreatedAt = call.Now,
                Template = service.Settings.Template(call, request.LaunchTemplate, request.MixedInstancesPolicy),
                Mixed = service.Settings.Mixed(call, request.LaunchTemplate, request.MixedInstancesPolicy),
                Zones = [.. request.AvailabilityZones ?? []],
                Subnets = GroupSettings.Subnets(request.VPCZoneIdentifier),
                TargetGroups = service.Settings.TargetGroups(
                    [.. request.TargetGroupARNs ?? [], .. (request.TrafficSources ?? []).Select(each => each.Identifier)]),
                HealthCheckType = request.HealthCheckType ?? "EC2",
                Grace = request.HealthCheckGracePeriod ?? 0,
                Cooldown = request.DefaultCooldown ?? 300,
                TerminationPolicies = request.TerminationPolicies is { Count: > 0 } policies ? [.. policies] : ["Default"],
                ProtectsNew = request.NewInstancesProtectedFromScaleIn ?? false,
                MaxLifetime = request.MaxInstanceLifetime,
                Rebalances = request.CapacityRebalance,
                Warmup = request.DefaultInstanceWarmup,
                Maintenance = request.InstanceMaintenancePolicy,
                DeletionProtection = request.DeletionProtection?.Value,
                PlacementGroup = request.PlacementGroup,
                Context = request.Context,
                DesiredType = request.DesiredCapacityType,
                Tags = GroupTagActions.Merge([], request.Tags),
                Hooks = [.. (request.LifecycleHookSpecificationList ?? []).Select(HookActions.Of)],
            },
            min,
            max,
            request.DesiredCapacity ?? min,
            call.Now);
        service.Settings.Check(group);
        _tables.Groups.Put(group);
        service.Reconciler.Run(id, call.Now);
        return new CreateAutoScalingGroupResponse();
    }

    private DescribeAutoScalingGroupsResponse Describe(Call call, DescribeAutoScalingGroupsRequest request)
    {
        if (request.MaxRecords > LargestPage)
        {
            throw new CloudException("ValidationError", $"The number of records requested must be at most {LargestPage}");
        }

        var filter = GroupTagActions.Compile(request.Filters);
        IEnumerable<GroupRecord> After(string? after) => request.AutoScalingGroupNames is { Count: > 0 } names
            ? names
                .Distinct()
                .Select(name => _tables.Groups.Find(GroupRecord.IdOf(call.Region, name)))
                .OfType<GroupRecord>()
                .OrderBy(each => each.Id, StringComparer.Ordinal)
                .Where(each => after is null || string.CompareOrdinal(each.Id, after) > 0)
            : _tables.Groups.After(after);
        var (items, next) = Paging.Page(
            after => After(after).Where(each => each.Region == call.Region && filter(each)),
            each => each.Id,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribeAutoScalingGroupsResponse
        {
            AutoScalingGroups = [.. items.Select(each => service.View.Of(each, request.IncludeInstances != false))],
            NextToken = next,
        };
    }

    private UpdateAutoScalingGroupResponse Update(Call call, UpdateAutoScalingGroupRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var changesLaunch = request.LaunchTemplate is not null || request.MixedInstancesPolicy is not null;
        if (changesLaunch && _tables.ActiveRefresh(group) is { Wanted: not null })
        {
            throw new CloudException(
                "ValidationError",
                "An active instance refresh with a desired configuration exists. "
                    + "All configuration options derived from the desired configuration are not available for update "
                    + "while the instance refresh is active.");
        }

        var (low, high) = (request.MinSize ?? group.Min, request.MaxSize ?? group.Max);
        var changed = Sizes.Change(
            group with
            {
                Template = changesLaunch
                    ? service.Settings.Template(call, request.LaunchTemplate, request.MixedInstancesPolicy)
                    : group.Template,
                Mixed = changesLaunch ? service.Settings.Mixed(call, request.LaunchTemplate, request.MixedInstancesPolicy) : group.Mixed,
                Zones = request.AvailabilityZones is { Count: > 0 } zones ? [.. zones]
                    : request.VPCZoneIdentifier is not null ? []
                    : group.Zones,
                Subnets = request.VPCZoneIdentifier is { } subnets ? GroupSettings.Subnets(subnets) : group.Subnets,
                HealthCheckType = request.HealthCheckType ?? group.HealthCheckType,
                Grace = request.HealthCheckGracePeriod ?? group.Grace,
                Cooldown = request.DefaultCooldown ?? group.Cooldown,
                TerminationPolicies = request.TerminationPolicies is { Count: > 0 } policies ? [.. policies] : group.TerminationPolicies,
                ProtectsNew = request.NewInstancesProtectedFromScaleIn ?? group.ProtectsNew,
                MaxLifetime = request.MaxInstanceLifetime is { } lifetime ? lifetime == 0 ? null : lifetime : group.MaxLifetime,
                Rebalances = request.CapacityRebalance ?? group.Rebalances,
                Warmup = request.DefaultInstanceWarmup is { } warmup ? warmup < 0 ? null : warmup : group.Warmup,
                Maintenance = request.InstanceMaintenancePolicy ?? group.Maintenance,
                DeletionProtection = request.DeletionProtection?.Value ?? group.DeletionProtection,
                PlacementGroup = request.PlacementGroup ?? group.PlacementGroup,
                Context = request.Context ?? group.Context,
                DesiredType = request.DesiredCapacityType ?? group.DesiredType,
            },
            request.MinSize,
            request.MaxSize,
            request.DesiredCapacity,
            call.Now,
            "a user request update of AutoScalingGroup constraints to "
                + $"min: {low}, max: {high}, desired: {request.DesiredCapacity ?? Math.Min(Math.Max(group.Desired, low), high)}");
        service.Settings.Check(changed);
        service.Put(changed, call.Now);
        return new UpdateAutoScalingGroupResponse();
    }

    private DeleteAutoScalingGroupResponse Delete(Call call, DeleteAutoScalingGroupRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        var isForced = request.ForceDelete == true;
        if (group.DeletionProtection == "prevent-all-deletion" || (isForced && group.DeletionProtection == "prevent-force-deletion"))
        {
            throw new CloudException(
                "ValidationError",
                $"The Auto Scaling group {group.Name} cannot be deleted: its deletion protection is {group.DeletionProtection}.");
        }

        if (!isForced && _tables.MembersByGroup[group.Id].Any(each => !each.IsLeaving))
        {
            throw new CloudException(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.");
        }

        if (!isForced && service.Activities.AnyOpen(group))
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.");
        }

        service.Put(group with { Status = "Delete in progress", IsForced = isForced, Min = 0, Desired = 0 }, call.Now);
        return new DeleteAutoScalingGroupResponse();
    }

    private SetDesiredCapacityResponse SetDesired(Call call, SetDesiredCapacityRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        if (request.HonorCooldown == true && call.Now < group.ScaledAt + service.Scaled(group.Cooldown))
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                $"Scaling activity {Guid.NewGuid()} is in progress and blocks this action");
        }

        service.Put(
            Sizes.Change(
                group, null, null, request.DesiredCapacity, call.Now, "a user request explicitly set group desired capacity"),
            call.Now);
        return new SetDesiredCapacityResponse();
    }

    private SuspendProcessesResponse Suspend(Call call, SuspendProcessesRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var reasons = Processes(request.ScalingProcesses).Select(each =>
            KeyValuePair.Create(each, $"User suspended at {call.Now:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        service.Put(group with { Suspended = group.Suspended.SetItems(reasons) }, call.Now);
        return new SuspendProcessesResponse();
    }

    private ResumeProcessesResponse Resume(Call call, ResumeProcessesRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        service.Put(
            group with { Suspended = group.Suspended.RemoveRange(Processes(request.ScalingProcesses)), LaunchesAgainAt = default },
            call.Now);
        return new ResumeProcessesResponse();
    }

    private EnableMetricsCollectionResponse EnableMetrics(Call call, EnableMetricsCollectionRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        _tables.Groups.Put(
            group with { Metrics = [.. group.Metrics.Union(request.Metrics is { Count: > 0 } metrics ? metrics : FixedActions.Metrics)] });
        return new EnableMetricsCollectionResponse();
    }

    private DisableMetricsCollectionResponse DisableMetrics(Call call, DisableMetricsCollectionRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        _tables.Groups.Put(group with { Metrics = request.Metrics is { Count: > 0 } metrics ? [.. group.Metrics.Except(metrics)] : [] });
        return new DisableMetricsCollectionResponse();
    }

    private DescribeScalingActivitiesResponse DescribeActivities(Call call, DescribeScalingActivitiesRequest request)
    {
        var activities = request.AutoScalingGroupName is { } name
            ? _tables.ActivitiesByGroup[GroupRecord.IdOf(call.Region, name)]
            : _tables.Activities.All.Where(each => each.GroupId.StartsWith(call.Region + "|", StringComparison.Ordinal));
        var wanted = activities
            .Where(each => request.ActivityIds is not { Count: > 0 } ids || ids.Contains(each.Id))
            .OrderByDescending(each => each.Number)
            .ToList();
        var (items, next) = Paging.Page(
            after => after is null ? wanted : wanted.SkipWhile(each => each.Id != after).Skip(1),
            each => each.Id,
            request.MaxRecords ?? LargestPage,
            request.NextToken);
        return new DescribeScalingActivitiesResponse { Activities = [.. items.Select(GroupView.Of)], NextToken = next };
    }

    private static IEnumerable<string> Processes(List<string>? named)
    {
        if ((named ?? []).Find(each => !s_processes.Contains(each)) is { } unknown)
        {
            throw new CloudException("ValidationError", $"Unknown process type '{unknown}'");
        }

        return named is { Count: > 0 } ? named : s_processes;
    }

    private static CloudException Missing(string name) =>
        new(
            "ValidationError",
            $"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null");
}
