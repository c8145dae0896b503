using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The rules of listeners. The last one, <c>default</c>, is the listener's own actions.</summary>
internal sealed class RuleActions(LoadBalancingService service)
{
    private const int MostRules = 100;

    private readonly BalancingTables _tables = service.Tables;
    private readonly ActionChecks _actions = new(service.Tables);

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
        if (listener.Protocol is not ("HTTP" or "HTTPS"))
        {
            throw new CloudException("UnsupportedProtocol", $"A {listener.Protocol} listener has no rules");
        }

        RefuseTransforms(request.Transforms);
        var priority = RuleChecks.Priority(request.Priority);
        if (_tables.RulesByListener[listener.Id].Any(each => each.Priority == priority))
        {
            throw new CloudException("PriorityInUse", $"Priority '{priority}' is currently in use");
        }

        if (_tables.ListenersByBalancer[listener.LoadBalancerArn].Sum(each => _tables.RulesByListener[each.Id].Count) >= MostRules)
        {
            throw new CloudException(
                "TooManyRules",
                $"The maximum number of rules has been reached on load balancer '{listener.LoadBalancerArn}'");
        }

        var rule = new ListenerRuleRecord
        {
            Id = ElbNames.Rule(listener.Id),
            ListenerArn = listener.Id,
            Priority = priority,
            Conditions = RuleChecks.Conditions(request.Conditions),
            Actions = Check(listener, request.Actions),
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
        if (IsDefault(request.RuleArn))
        {
            throw new CloudException("OperationNotPermitted", "Default rule cannot be modified; modify its listener");
        }

        RefuseTransforms(request.Transforms);
        var rule = _tables.Rule(request.RuleArn);
        var changed = rule with
        {
            Conditions = request.Conditions is { Count: > 0 } conditions ? RuleChecks.Conditions(conditions) : rule.Conditions,
            Actions = request.Actions is { Count: > 0 } actions ? Check(_tables.Listener(rule.ListenerArn), actions) : rule.Actions,
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
        if (request.RulePriorities.Exists(each => IsDefault(each.RuleArn ?? "")))
        {
            throw new CloudException("OperationNotPermitted", "The priority of the default rule cannot be changed");
        }

        var changed = request.RulePriorities.ConvertAll(each =>
            _tables.Rule(each.RuleArn) with { Priority = RuleChecks.Priority(each.Priority) });
        if (changed.DistinctBy(each => (each.ListenerArn, each.Priority)).Count() < changed.Count)
        {
            throw new CloudException("ValidationError", "A priority cannot be given to more than one rule of a listener");
        }

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

    private List<Action> Check(ListenerRecord listener, List<Action>? actions) =>
        _actions.Check(_tables.LoadBalancer(listener.LoadBalancerArn), listener.Protocol, actions);

    private static void RefuseTransforms(List<RuleTransform>? transforms)
    {
        if (transforms is { Count: > 0 })
        {
            throw new CloudException("ValidationError", "The local cloud has no transforms of rules.");
        }
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
