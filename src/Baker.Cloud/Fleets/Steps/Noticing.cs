using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>
/// Puts a notice before target groups, and gives their rules back. Each of its steps may be done again.
/// </summary>
/// <param name="group">Whose notice it is: a release of several groups has one, the first group's.</param>
internal sealed class Noticing(FleetContext context, GroupName group, string run)
{
    /// <summary>The highest priority that a rule can have.</summary>
    private const int LastPriority = 50000;

    /// <summary>An address for documentation (RFC 5737), from which no request comes.</summary>
    private const string Nobody = "192.0.2.255/32";

    private readonly NoticeStore _store = new(context);

    public static async Task ShowAsync(FleetRun run, CancellationToken stop)
    {
        var release = run.Journal.Release!;
        var noticing = new Noticing(run.Context, run.Journal.Group, run.Journal.Run);
        var names = string.Join(", ", release.Groups.Select(each => each.ToString()));
        var notice = await noticing.FindAsync(release.Answer, release.TargetGroups, names, stop).ConfigureAwait(false);
        await noticing.DoAllAsync(NoticeStep.On(notice), notice, stop).ConfigureAwait(false);
    }

    public static async Task HideAsync(FleetRun run, CancellationToken stop)
    {
        var noticing = new Noticing(run.Context, run.Journal.Group, run.Journal.Run);
        if (await noticing._store.ReadAsync(run.Journal.Group, stop).ConfigureAwait(false) is { } notice)
        {
            await noticing.DoAllAsync(NoticeStep.Off(notice), notice, stop).ConfigureAwait(false);
        }
    }

    public Task DoAsync(NoticeStep step, NoticeRecord notice, CancellationToken stop) => step switch
    {
        NoticeStep.Write write => _store.WriteAsync(write.Notice, group, stop),
        NoticeStep.Keep keep => KeepAsync(keep.Keeper, notice, stop),
        NoticeStep.Show show => ActAsync(show.Place, notice.Answer, stop),
        NoticeStep.Restore restore => ActAsync(restore.Place, notice.Stood[restore.Place.Stood], stop),
        NoticeStep.Release release => ReleaseAsync(release.Keeper, stop),
        NoticeStep.Close => _store.RemoveAsync(group, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    /// <summary>What an earlier run wrote down stays; rules that lead to the group since then are added.</summary>
    /// <param name="targetGroups">ARNs.</param>
    /// <param name="of">Whose they are, for messages.</param>
    /// <exception cref="BakerException">There is no place for it, or what stands there could not be given back.</exception>
    public async Task<NoticeRecord> FindAsync(string wanted, ImmutableArray<string> targetGroups, string of, CancellationToken stop)
    {
        await NeedTargetGroupAsync(wanted, stop).ConfigureAwait(false);
        var found = await _store.ReadAsync(group, stop).ConfigureAwait(false);
        var stood = (found?.Stood ?? []).ToList();
        var places = (found?.Places ?? []).ToList();
        var keepers = (found?.Keepers ?? []).ToList();
        var ours = targetGroups.ToHashSet(StringComparer.Ordinal);
        foreach (var (balancer, listener) in await ListenersAsync(targetGroups, stop).ConfigureAwait(false))
        {
            var rules = await RulesAsync(listener, stop).ConfigureAwait(false);
            var taken = rules.Select(Priority)
                .Concat(keepers.Where(keeper => keeper.Listener == listener.ListenerArn).Select(keeper => (int?)keeper.Priority))
                .ToHashSet();
            foreach (var rule in rules.Where(rule => LeadsTo(rule, ours) && !IsForNobody(rule)))
            {
                var isDefault = rule.IsDefault == true;
                var arn = isDefault ? listener.ListenerArn : rule.RuleArn;
                if (places.Exists(place => place.Arn == arn))
                {
                    continue;
                }

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

                places.Add(new NoticePlace(arn, name, index, isDefault));
                if (!keepers.Exists(keeper => keeper.Listener == listener.ListenerArn && keeper.Stood == index))
                {
                    var free = Enumerable.Range(1, LastPriority).Select(back => LastPriority + 1 - back).First(each => taken.Add(each));
                    keepers.Add(new NoticeKeeper(listener.ListenerArn, free, index));
                }
            }
        }

        if (places.Count == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"No rule of an application load balancer leads to {of}: there is no place for a notice.",
                "Give the group target groups that a listener forwards to.");
        }

        var notice = new NoticeRecord
        {
            Run = run,
            Owner = found?.Owner ?? context.Operator.Name,
            Since = found?.Since ?? (context.Clock.Now ?? context.Time.GetUtcNow()).ToString("u", CultureInfo.InvariantCulture),
            Answer = wanted,
            Stood = [.. stood],
            Places = [.. places],
            Keepers = [.. keepers],
        };
        NoticeStore.Check(notice, group);
        return notice;
    }

    private async Task DoAllAsync(IEnumerable<NoticeStep> steps, NoticeRecord notice, CancellationToken stop)
    {
        foreach (var step in steps)
        {
            await DoAsync(step, notice, stop).ConfigureAwait(false);
            if (step is NoticeStep.Show or NoticeStep.Restore)
            {
                context.Say($"  {step.Text}");
            }
        }
    }

    private static bool LeadsTo(Rule rule, HashSet<string> ours) => (rule.Actions ?? []).Exists(action =>
        ours.Contains(action.TargetGroupArn ?? "")
        || (action.ForwardConfig?.TargetGroups ?? []).Exists(target => ours.Contains(target.TargetGroupArn)));

    private static bool IsForNobody(Rule rule) =>
        (rule.Conditions ?? []).Exists(each => each.SourceIpConfig?.Values is [Nobody] || each.Values is [Nobody]);

    private static int? Priority(Rule rule) =>
        int.TryParse(rule.Priority, NumberStyles.None, CultureInfo.InvariantCulture, out var priority) ? priority : null;

    private async Task NeedTargetGroupAsync(string wanted, CancellationToken stop)
    {
        if (NoticeActions.Parse(wanted)[0].TargetGroupArn is not { } arn)
        {
            return;
        }

        try
        {
            await context.Pacer.SendAsync(
                context.Clients.ELBv2.DescribeTargetGroupsAsync,
                new DescribeTargetGroupsRequest { TargetGroupArns = [arn] },
                stop).ConfigureAwait(false);
        }
        catch (TargetGroupNotFoundException)
        {
            throw new BakerException(ExitCode.BadInput, $"There is no target group {arn}.", "aws elbv2 describe-target-groups shows them.");
        }
    }

    private async Task<List<(LoadBalancer Balancer, Listener Listener)>> ListenersAsync(
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

    private async Task<List<Rule>> RulesAsync(Listener listener, CancellationToken stop)
    {
        var rules = new List<Rule>();
        var request = new DescribeRulesRequest { ListenerArn = listener.ListenerArn };
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
    private async Task ActAsync(NoticePlace place, string actions, CancellationToken stop)
    {
        try
        {
            if (place.IsDefault)
            {
                await context.Pacer.SendAsync(
                    context.Clients.ELBv2.ModifyListenerAsync,
                    new ModifyListenerRequest { ListenerArn = place.Arn, DefaultActions = NoticeActions.Parse(actions) },
                    stop).ConfigureAwait(false);
                return;
            }

            await context.Pacer.SendAsync(
                context.Clients.ELBv2.ModifyRuleAsync,
                new ModifyRuleRequest { RuleArn = place.Arn, Actions = NoticeActions.Parse(actions) },
                stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RuleNotFoundException or ListenerNotFoundException)
        {
            context.Say($"  {place.Name} is gone");
        }
    }

    private async Task KeepAsync(NoticeKeeper keeper, NoticeRecord notice, CancellationToken stop)
    {
        if (await FindAsync(keeper, stop).ConfigureAwait(false) is not null)
        {
            return; // by an earlier run, or a call whose reply was lost
        }

        var request = new CreateRuleRequest
        {
            ListenerArn = keeper.Listener,
            Priority = keeper.Priority,
            Conditions =
            [
                new RuleCondition { Field = "source-ip", SourceIpConfig = new SourceIpConditionConfig { Values = [Nobody] } },
            ],
            Actions = NoticeActions.Parse(notice.Stood[keeper.Stood]),
            Tags = [new Tag { Key = BakerTags.Group, Value = group }, new Tag { Key = BakerTags.Run, Value = run }],
        };
        await context.Pacer.SendAsync(context.Clients.ELBv2.CreateRuleAsync, request, stop).ConfigureAwait(false);
    }

    private async Task ReleaseAsync(NoticeKeeper keeper, CancellationToken stop)
    {
        if (await FindAsync(keeper, stop).ConfigureAwait(false) is { } rule)
        {
            await context.Pacer.SendAsync(
                context.Clients.ELBv2.DeleteRuleAsync,
                new DeleteRuleRequest { RuleArn = rule.RuleArn },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>Only a rule of that priority that is for nobody is the keeper: another may have been put there since.</summary>
    private async Task<Rule?> FindAsync(NoticeKeeper keeper, CancellationToken stop)
    {
        try
        {
            var rules = await RulesAsync(new Listener { ListenerArn = keeper.Listener }, stop).ConfigureAwait(false);
            return rules.Find(rule => Priority(rule) == keeper.Priority && IsForNobody(rule));
        }
        catch (ListenerNotFoundException)
        {
            return null;
        }
    }
}
