using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Planning;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Fleets;

/// <summary>The listeners of application load balancers that lead to target groups, and what their rules do.</summary>
internal sealed class ListenerRules(FleetContext context)
{
    /// <summary>The rule; of a default action its listener.</summary>
    public static string ArnOf(Rule rule, Listener listener) => rule.IsDefault == true ? listener.ListenerArn : rule.RuleArn;

    public static bool LeadsTo(Rule rule, IReadOnlySet<string> ours) => (rule.Actions ?? []).Exists(action =>
        ours.Contains(action.TargetGroupArn ?? "")
        || (action.ForwardConfig?.TargetGroups ?? []).Exists(target => ours.Contains(target.TargetGroupArn)));

    /// <summary>Notes a rule and what it does; where among the actions that is.</summary>
    /// <exception cref="BakerException">It could not be given back.</exception>
    public static int Keep(Rule rule, LoadBalancer balancer, Listener listener, List<string> stood, List<NoticePlace> places)
    {
        var isDefault = rule.IsDefault == true;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{(isDefault ? "the default action" : $"rule {rule.Priority}")} of {balancer.LoadBalancerName}:{listener.Port}");
        if (!NoticeActions.CanBeKept(rule.Actions))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{name} signs users in, and its secret cannot be read: it could not be given back.",
                "Change that rule by hand, or have users sign in behind another one.");
        }

        var text = NoticeActions.ToText(rule.Actions);
        var index = stood.IndexOf(text);
        if (index < 0)
        {
            index = stood.Count;
            stood.Add(text);
        }

        places.Add(new NoticePlace(ArnOf(rule, listener), name, index, isDefault));
        return index;
    }

    /// <summary>The rules that lead to these, and what they do.</summary>
    /// <param name="targetGroups">ARNs.</param>
    public async Task<(ImmutableArray<NoticePlace> Places, ImmutableArray<string> Stood)> LeadingAsync(
        ImmutableArray<string> targetGroups,
        CancellationToken stop)
    {
        var (places, stood) = (new List<NoticePlace>(), new List<string>());
        var ours = targetGroups.ToHashSet(StringComparer.Ordinal);
        foreach (var (balancer, listener) in await ListenersAsync(targetGroups, stop).ConfigureAwait(false))
        {
            foreach (var rule in await RulesAsync(listener.ListenerArn, stop).ConfigureAwait(false))
            {
                if (LeadsTo(rule, ours))
                {
                    Keep(rule, balancer, listener, stood, places);
                }
            }
        }

        return ([.. places], [.. stood]);
    }

    public async Task<List<(LoadBalancer Balancer, Listener Listener)>> ListenersAsync(
        ImmutableArray<string> targetGroups,
        CancellationToken stop)
    {
        var listeners = new List<(LoadBalancer, Listener)>();
        if (targetGroups.IsEmpty)
        {
            return listeners;
        }

        var groups = await new FleetPlaces(context).TargetGroupsAsync(targetGroups, stop).ConfigureAwait(false);
        var arns = groups.SelectMany(each => each.LoadBalancerArns ?? []).Distinct().ToList();
        if (arns.Count == 0)
        {
            return listeners;
        }

        var balancers = await context.Pacer.SendAsync(
            context.Clients.ELBv2.DescribeLoadBalancersAsync,
            new DescribeLoadBalancersRequest { LoadBalancerArns = arns },
            stop).ConfigureAwait(false);
        foreach (var balancer in balancers.LoadBalancers.Where(each => each.Type?.Value == "application"))
        {
            var request = new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn };
            var pages = context.Pacer.PagesAsync(
                context.Clients.ELBv2.DescribeListenersAsync,
                request,
                reply => request.Marker = reply.NextMarker,
                stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                listeners.AddRange((page.Listeners ?? []).Select(listener => (balancer, listener)));
            }
        }

        return listeners;
    }

    public async Task<List<Rule>> RulesAsync(string listener, CancellationToken stop)
    {
        var rules = new List<Rule>();
        var request = new DescribeRulesRequest { ListenerArn = listener };
        var pages = context.Pacer.PagesAsync(
            context.Clients.ELBv2.DescribeRulesAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            rules.AddRange(page.Rules ?? []);
        }

        return rules;
    }

    /// <summary>Only what a place does is changed; its conditions and its priority stay.</summary>
    public async Task ActAsync(NoticePlace place, List<Action> actions, CancellationToken stop)
    {
        try
        {
            if (place.IsDefault)
            {
                await context.Pacer.SendAsync(
                    context.Clients.ELBv2.ModifyListenerAsync,
                    new ModifyListenerRequest { ListenerArn = place.Arn, DefaultActions = actions },
                    stop).ConfigureAwait(false);
                return;
            }

            await context.Pacer.SendAsync(
                context.Clients.ELBv2.ModifyRuleAsync,
                new ModifyRuleRequest { RuleArn = place.Arn, Actions = actions },
                stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RuleNotFoundException or ListenerNotFoundException)
        {
            context.Say($"  {place.Name} is gone");
        }
    }
}
