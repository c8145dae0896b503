using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Scaling policies. Simple and step policies scale when they are executed; target tracking is kept, not followed.</summary>
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
        policy.Alarms = [];
        policy.PolicyARN = before?.PolicyARN
            ?? $"arn:aws:autoscaling:{call.Region}:{call.AccountId}:scalingPolicy:{Guid.NewGuid()}:"
                + $"autoScalingGroupName/{group.Name}:policyName/{request.PolicyName}";
        if (policy.PolicyType == "SimpleScaling" && (policy.AdjustmentType is null || policy.ScalingAdjustment is null))
        {
            throw new CloudException("ValidationError", "A simple scaling policy needs AdjustmentType and ScalingAdjustment.");
        }

        double?[] numbers =
        [
            policy.TargetTrackingConfiguration?.TargetValue,
            .. (policy.StepAdjustments ?? []).SelectMany(step => new[] { step.MetricIntervalLowerBound, step.MetricIntervalUpperBound }),
        ];
        if (numbers.FirstOrDefault(number => number is { } given && !double.IsFinite(given)) is { } none)
        {
            throw new CloudException(
                "ValidationError",
                FormattableString.Invariant($"{none} is no number that a scaling policy may have."));
        }

        _tables.Groups.Put(group with { Policies = [.. group.Policies.Where(each => each != before), policy] });
        return new PutScalingPolicyResponse { PolicyARN = policy.PolicyARN, Alarms = [] };
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
        return new DescribePoliciesResponse { ScalingPolicies = items, NextToken = next };
    }

    private DeletePolicyResponse Delete(Call call, DeletePolicyRequest request)
    {
        var (group, policy) = Find(call, request.AutoScalingGroupName, request.PolicyName);
        _tables.Groups.Put(group with { Policies = [.. group.Policies.Where(each => each != policy)] });
        return new DeletePolicyResponse();
    }

    private ExecutePolicyResponse Execute(Call call, ExecutePolicyRequest request)
    {
        var (group, policy) = Find(call, request.AutoScalingGroupName, request.PolicyName);
        if (request.HonorCooldown == true && call.Now < group.ScaledAt + service.Scaled(policy.Cooldown ?? group.Cooldown))
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                "A scaling activity is in progress, or its cooldown, and blocks this action");
        }

        if (policy.Enabled != false)
        {
            var by = policy.PolicyType == "StepScaling"
                ? Step(policy, (request.MetricValue ?? 0) - (request.BreachThreshold ?? 0))
                : policy.ScalingAdjustment ?? 0;
            var wanted = policy.AdjustmentType switch
            {
                "ExactCapacity" => by,
                "PercentChangeInCapacity" => group.Desired + Percent(group.Desired, by, policy.MinAdjustmentMagnitude ?? 1),
                _ => group.Desired + by,
            };
            service.Put(Sizes.Change(group, null, null, Math.Clamp(wanted, group.Min, group.Max), call.Now), call.Now);
        }

        return new ExecutePolicyResponse();
    }

    private static int Step(ScalingPolicy policy, double breach) => (policy.StepAdjustments ?? [])
        .Find(step => breach >= (step.MetricIntervalLowerBound ?? double.MinValue)
            && breach < (step.MetricIntervalUpperBound ?? double.MaxValue))?.ScalingAdjustment
        ?? throw new CloudException(
            "ValidationError",
            $"No step adjustment was found for the metric value and breach threshold: they differ by {breach}");

    private static int Percent(int desired, int by, int least)
    {
        var change = (int)Math.Round(desired * by / 100.0, MidpointRounding.ToZero);
        return Math.Abs(change) >= least ? change : Math.Sign(by) * least;
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
