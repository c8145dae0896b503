using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The rules of listeners. The last one, <c>default</c>, is the listener's own actions.</summary>
internal sealed class RuleActions(LoadBalancingService service, ListenerActions listeners)
{
    private readonly BalancingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateRuleRequest, CreateRuleResponse>(LoadBalancingService.Name, Create);
        router.Handle<DescribeRulesRequest, DescribeRulesResponse>(LoadBalancingService.Name, Describe);
        router.Handle<ModifyRuleRequest, ModifyRuleResponse>(LoadBalancingService.Name, Modify);
        router.Handle<DeleteRuleRequest, DeleteRuleResponse>(LoadBalancingService.Name, Delete);
        router.Handle<SetRulePrioritiesRequest, SetRulePrioritiesResponse>(LoadBalancingService.Name, SetPriorities);
    }

    private CreateRuleResponse Create(Call call, CreateRuleRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var priority = request.Priority ?? throw new CloudException("ValidationError", "A priority must be specified");
        if (_tables.RulesByListener[listener.Id].Any(each => each.Priority == priority))
        {
            throw new CloudException("PriorityInUse", $"Priority '{priority}' is currently in use");
        }

        var rule = new ListenerRuleRecord
        {
            Id = ElbNames.Rule(listener.Id),
            ListenerArn = listener.Id,
            Priority = priority,
            Conditions = request.Conditions is { Count: > 0 } conditions
                ? conditions
                : throw new CloudException("ValidationError", "At least one condition must be specified"),
            Actions = listeners.Check(request.Actions),
            Tags = ElbTags.Check(request.Tags),
        };
        _tables.Rules.Put(rule);
        service.Balancer.ListenersChanged();
        return new CreateRuleResponse { Rules = [Show(rule)] };
    }

    private DescribeRulesResponse Describe(Call call, DescribeRulesRequest request)
    {
        if (request.RuleArns is { Count: > 0 } arns)
        {
            return new DescribeRulesResponse
            {
                Rules = [.. arns.Select(arn => IsDefault(arn) ? Default(ListenerOfDefault(arn)) : Show(_tables.Rule(arn)))],
            };
        }

        var listener = _tables.Listener(request.ListenerArn);
        return new DescribeRulesResponse
        {
            Rules = [.. _tables.RulesByListener[listener.Id].OrderBy(each => each.Priority).Select(Show), Default(listener)],
        };
    }

    private ModifyRuleResponse Modify(Call call, ModifyRuleRequest request)
    {
        var rule = _tables.Rule(request.RuleArn);
        var changed = rule with
        {
            Conditions = request.Conditions is { Count: > 0 } conditions ? conditions : rule.Conditions,
            Actions = request.Actions is { Count: > 0 } actions ? listeners.Check(actions) : rule.Actions,
        };
        _tables.Rules.Put(changed);
        service.Balancer.ListenersChanged();
        return new ModifyRuleResponse { Rules = [Show(changed)] };
    }

    private DeleteRuleResponse Delete(Call call, DeleteRuleRequest request)
    {
        if (IsDefault(request.RuleArn))
        {
            throw new CloudException("OperationNotPermitted", "Default rule cannot be deleted");
        }

        _tables.Rules.Remove(_tables.Rule(request.RuleArn).Id);
        service.Balancer.ListenersChanged();
        return new DeleteRuleResponse();
    }

    private SetRulePrioritiesResponse SetPriorities(Call call, SetRulePrioritiesRequest request)
    {
        var changed = request.RulePriorities.ConvertAll(each => _tables.Rule(each.RuleArn) with { Priority = each.Priority ?? 1 });
        foreach (var rule in changed)
        {
            if (_tables.RulesByListener[rule.ListenerArn].Any(other =>
                other.Priority == rule.Priority && !changed.Exists(each => each.Id == other.Id)))
            {
                throw new CloudException("PriorityInUse", $"Priority '{rule.Priority}' is currently in use");
            }
        }

        changed.ForEach(_tables.Rules.Put);
        service.Balancer.ListenersChanged();
        return new SetRulePrioritiesResponse { Rules = changed.ConvertAll(Show) };
    }

    private static Rule Show(ListenerRuleRecord rule) => new()
    {
        RuleArn = rule.Id,
        Priority = rule.Priority.ToString(CultureInfo.InvariantCulture),
        Conditions = [.. rule.Conditions],
        Actions = [.. rule.Actions],
        IsDefault = false,
    };

    private static Rule Default(ListenerRecord listener) => new()
    {
        RuleArn = listener.Id.Replace(":listener/", ":listener-rule/", StringComparison.Ordinal) + "/default",
        Priority = "default",
        Conditions = [],
        Actions = [.. listener.DefaultActions],
        IsDefault = true,
    };

    private static bool IsDefault(string arn) => arn.EndsWith("/default", StringComparison.Ordinal);

    private ListenerRecord ListenerOfDefault(string arn) =>
        _tables.Listener(arn[..^"/default".Length].Replace(":listener-rule/", ":listener/", StringComparison.Ordinal));
}
