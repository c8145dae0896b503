using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>The instances of groups: in and out of service, in and out of the group.</summary>
internal sealed class MemberActions(AutoScalingService service, ComputeModel compute)
{
    private const int MostAtOnce = 20;
    private const int MostProtected = 50;
    private const int DefaultPage = 50;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<DescribeAutoScalingInstancesRequest, DescribeAutoScalingInstancesResponse>(AutoScalingService.Name, Describe);
        router.Handle<SetInstanceHealthRequest, SetInstanceHealthResponse>(AutoScalingService.Name, SetHealth);
        router.Handle<SetInstanceProtectionRequest, SetInstanceProtectionResponse>(AutoScalingService.Name, Protect);
        router.Handle<EnterStandbyRequest, EnterStandbyResponse>(AutoScalingService.Name, EnterStandby);
        router.Handle<ExitStandbyRequest, ExitStandbyResponse>(AutoScalingService.Name, ExitStandby);
        router.Handle<AttachInstancesRequest, AttachInstancesResponse>(AutoScalingService.Name, Attach);
        router.Handle<DetachInstancesRequest, DetachInstancesResponse>(AutoScalingService.Name, Detach);
        router.Handle<TerminateInstanceInAutoScalingGroupRequest, TerminateInstanceInAutoScalingGroupResponse>(
            AutoScalingService.Name,
            Terminate);
    }

    private DescribeAutoScalingInstancesResponse Describe(Call call, DescribeAutoScalingInstancesRequest request)
    {
        var prefix = call.Region + "|";
        IEnumerable<MemberRecord> After(string? id) => request.InstanceIds is { Count: > 0 } ids
            ? ids.Distinct()
                .Order(StringComparer.Ordinal)
                .Where(each => id is null || string.CompareOrdinal(each, id) > 0)
                .Select(_tables.Members.Find)
                .OfType<MemberRecord>()
            : _tables.Members.After(id);
        var (items, next) = Paging.Page(
            after => After(after).Where(each => each.GroupId.StartsWith(prefix, StringComparison.Ordinal)),
            each => each.Id,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribeAutoScalingInstancesResponse
        {
            NextToken = next,
            AutoScalingInstances = [.. items.Select(each => new AutoScalingInstanceDetails
            {
                InstanceId = each.Id,
                InstanceType = each.InstanceType,
                AutoScalingGroupName = each.GroupId[prefix.Length..],
                AvailabilityZone = each.Zone,
                LifecycleState = each.State,
                HealthStatus = each.Health.ToUpperInvariant(),
                LaunchTemplate = each.Template,
                ImageId = each.ImageId,
                ProtectedFromScaleIn = each.IsProtected,
                WeightedCapacity = each.WeightText,
            })],
        };
    }

    private SetInstanceHealthResponse SetHealth(Call call, SetInstanceHealthRequest request)
    {
        var member = _tables.Members.Find(request.InstanceId) is { } found
            && found.GroupId.StartsWith(call.Region + "|", StringComparison.Ordinal)
            ? found
            : throw new CloudException(
                "ValidationError",
                $"Instance Id not found - No managed instance found for instance ID: {request.InstanceId}");
        if (request.HealthStatus is not ("Healthy" or "Unhealthy"))
        {
            throw new CloudException("ValidationError", $"Health status '{request.HealthStatus}' is not valid: it is Healthy or Unhealthy");
        }

        var group = _tables.Groups.Find(member.GroupId)!;
        var isInGrace = request.ShouldRespectGracePeriod != false && call.Now < member.InServiceAt + service.Scaled(group.Grace);
        if (request.HealthStatus == "Healthy" || !isInGrace)
        {
            _tables.Members.Put(member with { Health = request.HealthStatus });
            service.Reconciler.Run(group.Id, call.Now);
        }

        return new SetInstanceHealthResponse();
    }

    private SetInstanceProtectionResponse Protect(Call call, SetInstanceProtectionRequest request)
    {
        AtMost(request.InstanceIds, MostProtected);
        foreach (var member in _tables.MembersOf(service.Changeable(call, request.AutoScalingGroupName), request.InstanceIds))
        {
            _tables.Members.Put(member with { IsProtected = request.ProtectedFromScaleIn ?? false });
        }

        return new SetInstanceProtectionResponse();
    }

    private EnterStandbyResponse EnterStandby(Call call, EnterStandbyRequest request)
    {
        AtMost(request.InstanceIds, MostAtOnce);
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var members = InService(group, request.InstanceIds);
        var activities = members.ConvertAll(member => Move(
            group,
            member,
            "EnteringStandby",
            $"Moving EC2 instance to Standby: {member.Id}",
            "was moved to standby in response to a user request",
            call.Now));
        Shrink(group, members, request.ShouldDecrementDesiredCapacity == true, call.Now);
        return new EnterStandbyResponse { Activities = activities };
    }

    private ExitStandbyResponse ExitStandby(Call call, ExitStandbyRequest request)
    {
        AtMost(request.InstanceIds, MostAtOnce);
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var members = _tables.MembersOf(group, request.InstanceIds ?? []);
        if (members.Find(each => each.State != "Standby") is { } other)
        {
            throw new CloudException("ValidationError", $"The instance {other.Id} is not in Standby.");
        }

        var activities = members.ConvertAll(member =>
        {
            var activity = service.Activities.Begin(
                group,
                $"Moving EC2 instance out of Standby: {member.Id}",
                $"At {call.Now:yyyy-MM-dd'T'HH:mm:ss'Z'} instance {member.Id} was moved out of standby in response to a "
                    + "user request, increasing the capacity.",
                member.Zone);
            _tables.Members.Put(member with { State = "Pending", Since = call.Now, ActivityId = activity.Id });
            return GroupView.Of(activity);
        });
        service.Put(Sizes.Change(group, null, null, group.Desired + members.Sum(each => each.Weight), call.Now), call.Now);
        return new ExitStandbyResponse { Activities = activities };
    }

    private AttachInstancesResponse Attach(Call call, AttachInstancesRequest request)
    {
        AtMost(request.InstanceIds, MostAtOnce);
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var ids = request.InstanceIds ?? [];
        if (group.Desired + ids.Count > group.Max)
        {
            throw new CloudException(
                "ValidationError",
                $"AutoScalingGroup {group.Name} has min={group.Min}, max={group.Max}, "
                    + $"and desiredCapacity={group.Desired}. To attach {ids.Count} more instance, "
                    + "please update the AutoScalingGroup sizes appropriately.");
        }

        var zones = service.Launcher.ZonesOf(group).Select(each => each.Zone).ToHashSet();
        foreach (var id in ids)
        {
            var instance = compute.Tables.Instances.Find(id);
            if (instance is not { State: "running" }
                || instance.Region != call.Region
                || _tables.Members.Find(id) is not null
                || !zones.Contains(instance.Zone))
            {
                throw new CloudException(
                    "ValidationError",
                    _tables.Members.Find(id) is not null ? $"Instance {id} is already part of an AutoScalingGroup."
                        : instance is not { State: "running" } ? $"Invalid Instance ID(s): [{id}] specified: it must be running"
                        : $"The instance {id} is not in an Availability Zone of the group.");
            }

            compute.Tables.Instances.Put(instance with { Tags = instance.Tags.SetItem("aws:autoscaling:groupName", group.Name) });
            var activity = service.Activities.Begin(
                group,
                $"Attaching an existing EC2 instance: {id}",
                $"At {call.Now:yyyy-MM-dd'T'HH:mm:ss'Z'} an instance was attached in response to a user request.",
                instance.Zone);
            _tables.Members.Put(new MemberRecord
            {
                Id = id,
                GroupId = group.Id,
                Zone = instance.Zone,
                InstanceType = instance.InstanceType,
                ImageId = instance.ImageId,
                Since = call.Now,
                LaunchedAt = instance.LaunchTime,
                IsProtected = group.ProtectsNew,
                ActivityId = activity.Id,
            });
        }

        service.Put(Sizes.Change(group, null, null, group.Desired + ids.Count, call.Now), call.Now);
        return new AttachInstancesResponse();
    }

    private DetachInstancesResponse Detach(Call call, DetachInstancesRequest request)
    {
        AtMost(request.InstanceIds, MostAtOnce);
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var members = _tables.MembersOf(group, request.InstanceIds ?? []);
        var activities = members.ConvertAll(member =>
        {
            if (compute.Tables.Instances.Find(member.Id) is { } instance)
            {
                compute.Tables.Instances.Put(instance with { Tags = instance.Tags.Remove("aws:autoscaling:groupName") });
            }

            return Move(
                group,
                member,
                "Detaching",
                $"Detaching EC2 instance: {member.Id}",
                "was detached in response to a user request",
                call.Now);
        });
        Shrink(group, members, request.ShouldDecrementDesiredCapacity == true, call.Now);
        return new DetachInstancesResponse { Activities = activities };
    }

    private TerminateInstanceInAutoScalingGroupResponse Terminate(Call call, TerminateInstanceInAutoScalingGroupRequest request)
    {
        var member = _tables.Members.Find(request.InstanceId) is { } found
            && found.GroupId.StartsWith(call.Region + "|", StringComparison.Ordinal)
            ? found
            : throw new CloudException(
                "ValidationError",
                $"Instance Id not found - No managed instance found for instance ID: {request.InstanceId}");
        if (member.IsLeaving)
        {
            throw new CloudException("ScalingActivityInProgress", $"The instance {member.Id} is already being terminated.");
        }

        var group = _tables.Groups.Find(member.GroupId)!;
        var shrinks = request.ShouldDecrementDesiredCapacity == true;
        if (shrinks && group.Desired - member.Weight < group.Min)
        {
            throw new CloudException(
                "ValidationError",
                $"Currently, desiredSize equals minSize ({group.Min}). Terminating instance without replacement will "
                    + "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or "
                    + "lower group's min size.");
        }

        var activity = service.Lifecycle.Leave(
            group,
            member,
            "an instance was taken out of service in response to a user request.",
            call.Now);
        service.Put(shrinks && member.Counts ? Sizes.Change(group, null, null, group.Desired - member.Weight, call.Now) : group, call.Now);
        return new TerminateInstanceInAutoScalingGroupResponse { Activity = GroupView.Of(activity) };
    }

    private List<MemberRecord> InService(GroupRecord group, List<string>? ids)
    {
        var members = _tables.MembersOf(group, ids ?? []);
        return members.Find(each => each.State != "InService") is { } other
            ? throw new CloudException("ValidationError", $"The instance {other.Id} is not in InService.")
            : members;
    }

    private Activity Move(GroupRecord group, MemberRecord member, string state, string description, string because, DateTimeOffset now)
    {
        var activity = service.Activities.Begin(
            group,
            description,
            $"At {now:yyyy-MM-dd'T'HH:mm:ss'Z'} instance {member.Id} {because}.",
            member.Zone);
        service.Lifecycle.Deregister(group, member, now);
        _tables.Members.Put(member with { State = state, Since = now, ActivityId = activity.Id });
        return GroupView.Of(activity);
    }

    private void Shrink(GroupRecord group, List<MemberRecord> members, bool decrements, DateTimeOffset now) =>
        service.Put(decrements ? Sizes.Change(group, null, null, group.Desired - members.Sum(each => each.Weight), now) : group, now);

    private static void AtMost(List<string>? ids, int most)
    {
        if (ids is { } given && given.Count > most)
        {
            throw new CloudException(
                "ValidationError",
                "1 validation error detected: Value at 'instanceIds' failed to satisfy constraint: "
                    + $"Member must have length less than or equal to {most}");
        }
    }
}
