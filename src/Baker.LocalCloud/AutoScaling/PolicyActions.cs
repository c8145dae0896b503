using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Scaling policies.</summary>
internal sealed class PolicyActions(AutoScalingService service)
{
    private const int DefaultPage = 50;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<PutScalingPolicyRequest, PutScalingPolicyResponse>(AutoScalingService.Name, Put);
        router.Handle<DescribePoliciesRequest, DescribePoliciesResponse>(AutoScalingService.Name, Describe);
        router.Handle<DeletePolicyRequest, DeletePolicyResponse>(AutoScalingService.Name, Delete);
        router.Handle<ExecutePolicyRequest, ExecutePolicyResponse>(AutoScalingService.Name, Execute);
    }

    private PutScalingPolicyResponse Put(Call call, PutScalingPolicyRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var before = group.Policies.FirstOrDefault(each => each.PolicyName == request.PolicyName);
        var policy = request.CopyTo(new ScalingPolicy());
        policy.PolicyType ??= "SimpleScaling";
        policy.Enabled ??= true;
        policy.PolicyARN = before?.PolicyARN
            ?? $"arn:aws:autoscaling:{call.Region}:{call.AccountId}:scalingPolicy:{Guid.NewGuid()}:"
                + $"autoScalingGroupName/{group.Name}:policyName/{request.PolicyName}";
        PolicyChecks.Check(policy);
        policy.Alarms = policy.PolicyType == "TargetTrackingScaling" ? service.Tracking.Make(call, group, policy) : [];
        if (before is not null)
        {
            service.Tracking.Remove(group.Region, before);
        }

        _tables.Groups.Put(group with { Policies = [.. group.Policies.Where(each => each != before), policy] });
        return new PutScalingPolicyResponse { PolicyARN = policy.PolicyARN, Alarms = policy.Alarms };
    }

    private DescribePoliciesResponse Describe(Call call, DescribePoliciesRequest request)
    {
        var groups = request.AutoScalingGroupName is { } name
            ? [_tables.Group(call, name)]
            : _tables.Groups.All.Where(each => each.Region == call.Region);
        var policies = groups.SelectMany(each => each.Policies)
            .Where(each => request.PolicyNames is not { Count: > 0 } names
                || names.Contains(each.PolicyName)
                || names.Contains(each.PolicyARN))
            .Where(each => request.PolicyTypes is not { Count: > 0 } types || types.Contains(each.PolicyType))
            .ToList();
        var (items, next) = Paging.Page(
            after => after is null ? policies : policies.SkipWhile(each => each.PolicyARN != after).Skip(1),
            each => each.PolicyARN,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribePoliciesResponse { ScalingPolicies = items.ConvertAll(each => Show(call.Region, each)), NextToken = next };
    }

    private DeletePolicyResponse Delete(Call call, DeletePolicyRequest request)
    {
        var (group, policy) = Find(call, request.AutoScalingGroupName, request.PolicyName);
        service.Tracking.Remove(group.Region, policy);
        _tables.Groups.Put(group with { Policies = [.. group.Policies.Where(each => each != policy)] });
        return new DeletePolicyResponse();
    }

    // Those that the user has given a policy stand beside it, too.
    private ScalingPolicy Show(string region, ScalingPolicy policy)
    {
        if (policy.PolicyType == "TargetTrackingScaling")
        {
            return policy;
        }

        var shown = policy.CopyTo(new ScalingPolicy());
        shown.Alarms = [.. service.Alarms.WithAction(region, policy.PolicyARN)
            .Select(each => new Alarm { AlarmName = each.Name, AlarmARN = each.Arn })];
        return shown;
    }

    private ExecutePolicyResponse Execute(Call call, ExecutePolicyRequest request)
    {
        var (group, policy) = Find(call, request.AutoScalingGroupName, request.PolicyName);
        if (policy.PolicyType == "TargetTrackingScaling")
        {
            throw new CloudException("ValidationError", "Target tracking policies cannot be executed: they follow their metric.");
        }

        if (policy.PolicyType == "StepScaling" && (request.MetricValue is null || request.BreachThreshold is null))
        {
            throw new CloudException("ValidationError", "MetricValue and BreachThreshold are required for step scaling policies.");
        }

        if (request.HonorCooldown == true && call.Now < group.ScaledAt + service.Scaled(policy.Cooldown ?? group.Cooldown))
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                "A scaling activity is in progress, or its cooldown, and blocks this action");
        }

        if (policy.Enabled == false)
        {
            return new ExecutePolicyResponse();
        }

        // A user's own wish waits for no cooldown that it does not honor, and for nothing that warms up.
        var by = policy.PolicyType == "StepScaling"
            ? Scaler.StepOf(policy, request.MetricValue!.Value - request.BreachThreshold!.Value)
            : policy.ScalingAdjustment ?? 0;
        var wanted = Math.Clamp(Scaler.Adjusted(policy, group.Desired, by), group.Min, group.Max);
        service.Put(
            Sizes.Change(group, null, null, wanted, call.Now, $"a user executed policy {policy.PolicyName}"),
            call.Now);
        return new ExecutePolicyResponse();
    }

    private (GroupRecord Group, ScalingPolicy Policy) Find(Call call, string? groupName, string name)
    {
        var groups = groupName is null ? _tables.Groups.All.Where(each => each.Region == call.Region) : [_tables.Group(call, groupName)];
        foreach (var group in groups)
        {
            if (group.Policies.FirstOrDefault(each => each.PolicyName == name || each.PolicyARN == name) is { } policy)
            {
                return (group, policy);
            }
        }

        throw new CloudException("ValidationError", $"Policy {name} not found");
    }
}
