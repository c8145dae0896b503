using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Fleets;

/// <summary>The listeners of application load balancers that lead to target groups, and what their rules do.</summary>
internal sealed class ListenerRules(FleetContext context)
{
    /// <summary>An address for documentation (RFC 5737), from which no request comes.</summary>
    public const string Nobody = "192.0.2.255/32";

    /// <summary>The rule; of a default action its listener.</summary>
    public static string ArnOf(Rule rule, Listener listener) => rule.IsDefault == true ? listener.ListenerArn : rule.RuleArn;

    public static bool LeadsTo(Rule rule, IReadOnlySet<string> ours) => TargetGroupsOf(rule).Any(ours.Contains);

    /// <summary>ARNs of what it leads to.</summary>
    public static IEnumerable<string> TargetGroupsOf(Rule rule) => (rule.Actions ?? [])
        .SelectMany(action => (action.ForwardConfig?.TargetGroups ?? [])
            .Select(target => target.TargetGroupArn)
            .Append(action.TargetGroupArn))
        .OfType<string>()
        .Where(arn => arn.Length > 0)
        .Distinct();

    /// <summary>Whether no request matches it: such a rule keeps targets checked while a notice is on.</summary>
    public static bool IsForNobody(Rule rule) =>
        (rule.Conditions ?? []).Exists(each => each.SourceIpConfig?.Values is [Nobody] || each.Values is [Nobody]);

    /// <summary>For people.</summary>
    public static string NameOf(Rule rule, ListenerView view) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(rule.IsDefault == true ? "the default action" : $"rule {rule.Priority}")} of "
            + $"{view.Balancer.LoadBalancerName}:{view.Listener.Port}");

    /// <summary>Notes a rule and what it does; where among the actions that is.</summary>
    /// <exception cref="BakerException">It could not be given back.</exception>
    public static int Keep(Rule rule, ListenerView view, List<string> stood, List<NoticePlace> places)
    {
        var name = NameOf(rule, view);
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

        places.Add(new NoticePlace(ArnOf(rule, view.Listener), name, index, rule.IsDefault == true));
        return index;
    }

    /// <summary>The rules that lead to these, and what they do.</summary>
    /// <param name="group">Whose canary is to change them.</param>
    /// <param name="targetGroups">ARNs.</param>
    /// <exception cref="BakerException">Another group's canary or notice has one of them.</exception>
    public async Task<(ImmutableArray<NoticePlace> Places, ImmutableArray<string> Stood)> LeadingAsync(
        GroupName group,
        ImmutableArray<string> targetGroups,
        CancellationToken stop)
    {
        var (places, stood) = (new List<NoticePlace>(), new List<string>());
        var ours = targetGroups.ToHashSet(StringComparer.Ordinal);
        var views = await LookAsync(targetGroups, stop).ConfigureAwait(false);
        await new RuleOwners(context).RefuseOthersAsync(group, views, ours, own: null, stop).ConfigureAwait(false);
        foreach (var view in views)
        {
            foreach (var rule in view.Rules.Where(rule => LeadsTo(rule, ours)))
            {
                Keep(rule, view, stood, places);
            }
        }

        return ([.. places], [.. stood]);
    }

    /// <summary>The listeners of the balancers that have these target groups, with their rules.</summary>
    public async Task<List<ListenerView>> LookAsync(ImmutableArray<string> targetGroups, CancellationToken stop)
    {
        var views = new List<ListenerView>();
        foreach (var (balancer, listener) in await ListenersAsync(targetGroups, stop).ConfigureAwait(false))
        {
            views.Add(new ListenerView(balancer, listener, await RulesAsync(listener.ListenerArn, stop).ConfigureAwait(false)));
        }

        return views;
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
