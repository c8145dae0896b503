using Amazon.AutoScaling.Model;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Target groups of groups, by their old name and as traffic sources.</summary>
internal sealed class AttachmentActions(AutoScalingService service, LoadBalancingService balancing)
{
    private const int MostAtOnce = 10;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<AttachLoadBalancerTargetGroupsRequest, AttachLoadBalancerTargetGroupsResponse>(
            AutoScalingService.Name,
            (call, request) =>
            {
                Attach(call, request.AutoScalingGroupName, request.TargetGroupARNs);
                return new();
            });
        router.Handle<DetachLoadBalancerTargetGroupsRequest, DetachLoadBalancerTargetGroupsResponse>(
            AutoScalingService.Name,
            (call, request) =>
            {
                Detach(call, request.AutoScalingGroupName, request.TargetGroupARNs);
                return new();
            });
        router.Handle<AttachTrafficSourcesRequest, AttachTrafficSourcesResponse>(AutoScalingService.Name, (call, request) =>
        {
            Attach(call, request.AutoScalingGroupName, request.TrafficSources?.ConvertAll(each => each.Identifier));
            return new();
        });
        router.Handle<DetachTrafficSourcesRequest, DetachTrafficSourcesResponse>(AutoScalingService.Name, (call, request) =>
        {
            Detach(call, request.AutoScalingGroupName, request.TrafficSources?.ConvertAll(each => each.Identifier));
            return new();
        });
        router.Handle<DescribeLoadBalancerTargetGroupsRequest, DescribeLoadBalancerTargetGroupsResponse>(
            AutoScalingService.Name,
            (call, request) => new()
            {
                LoadBalancerTargetGroups = [.. States(_tables.Group(call, request.AutoScalingGroupName))
                    .Select(each => new LoadBalancerTargetGroupState { LoadBalancerTargetGroupARN = each.Arn, State = each.State })],
            });
        router.Handle<DescribeTrafficSourcesRequest, DescribeTrafficSourcesResponse>(AutoScalingService.Name, (call, request) => new()
        {
            TrafficSources = [.. States(_tables.Group(call, request.AutoScalingGroupName))
                .Select(each =>
                    new TrafficSourceState { Identifier = each.Arn, TrafficSource = each.Arn, Type = "elbv2", State = each.State })],
        });
        router.Handle<DescribeLoadBalancersRequest, DescribeLoadBalancersResponse>(AutoScalingService.Name, (call, request) =>
        {
            _tables.Group(call, request.AutoScalingGroupName);
            return new() { LoadBalancers = [] };
        });
    }

    private void Attach(Call call, string name, List<string>? arns)
    {
        var group = service.Changeable(call, name);
        var added = service.Settings.TargetGroups(AtMost(arns)).Where(arn => !group.TargetGroups.Contains(arn)).ToList();
        service.Put(group with { TargetGroups = group.TargetGroups.AddRange(added) }, call.Now);
        foreach (var member in _tables.MembersByGroup[group.Id].Where(each => each.State == "InService").ToList())
        {
            service.Lifecycle.Register(group, member, added, call.Now);
        }
    }

    private void Detach(Call call, string name, List<string>? arns)
    {
        var group = service.Changeable(call, name);
        foreach (var arn in AtMost(arns))
        {
            if (!group.TargetGroups.Contains(arn))
            {
                throw new CloudException("ValidationError", $"Trying to remove Target Groups that are not part of the group: {arn}");
            }

            foreach (var member in _tables.MembersByGroup[group.Id].ToList())
            {
                if (balancing.Tables.TargetGroups.Find(arn) is { } targets)
                {
                    balancing.Targets.Deregister(targets, member.Id, null, call.Now);
                }
            }
        }

        service.Put(group with { TargetGroups = group.TargetGroups.RemoveRange(arns!) }, call.Now);
    }

    /// <summary>Every attached target group, and those that members are still leaving.</summary>
    private IEnumerable<(string Arn, string State)> States(GroupRecord group)
    {
        var members = _tables.MembersByGroup[group.Id];
        foreach (var arn in group.TargetGroups)
        {
            yield return (arn, GroupView.StateOf(group, balancing.Tables, members, arn));
        }

        var ids = members.Where(each => !each.IsLeaving).Select(each => each.Id).ToHashSet();
        foreach (var arn in balancing.Tables.Targets.All
            .Where(each => each.IsDraining && ids.Contains(each.Target))
            .Select(each => each.GroupArn)
            .Distinct()
            .Except(group.TargetGroups))
        {
            yield return (arn, "Removing");
        }
    }

    private static List<string> AtMost(List<string>? arns) => arns is { Count: > MostAtOnce }
        ? throw new CloudException(
            "ValidationError",
            "1 validation error detected: Value at 'targetGroupARNs' failed to satisfy constraint: "
                + $"Member must have length less than or equal to {MostAtOnce}")
        : arns ?? [];
}
