using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Puts a group's maintenance notice on, or takes it away. Killed anywhere, either goes on, or the other goes back.</summary>
/// <param name="answer">What requests get meanwhile; null to take the notice away.</param>
public sealed class NoticeOperation(FleetContext context, GroupName group, string run, string? answer, bool breakLock)
    : Operation<NoticeStep>
{
    /// <summary>The highest priority that a rule can have.</summary>
    private const int LastPriority = 50000;

    /// <summary>An address for documentation (RFC 5737), from which no request comes.</summary>
    private const string Nobody = "192.0.2.255/32";

    private readonly NoticeStore _store = new(context);

    public override string Subject => group;

    /// <summary>The notice that is put on or taken away; null where there was none to take away.</summary>
    public NoticeRecord? Notice { get; private set; }

    public override async Task<IHold> TakeAsync(CancellationToken stop) => await FleetLock.TakeAsync(
        context,
        group,
        run,
        answer is null ? "maintenance:off" : "maintenance:on",
        interrupts: false,
        breakLock,
        stop).ConfigureAwait(false);

    public override async Task<IReadOnlyList<NoticeStep>> PlanAsync(CancellationToken stop)
    {
        var found = await _store.ReadAsync(group, stop).ConfigureAwait(false);
        if (answer is null)
        {
            Notice = found;
            return found is null ? [] : [.. NoticeStep.Off(found)];
        }

        Notice = await FindAsync(found, answer, stop).ConfigureAwait(false);
        NoticeStore.Check(Notice, group);
        return [.. NoticeStep.On(Notice)];
    }

    public override Task DoAsync(NoticeStep step, CancellationToken stop) => step switch
    {
        NoticeStep.Write write => _store.WriteAsync(write.Notice, group, stop),
        NoticeStep.Keep keep => KeepAsync(keep.Keeper, stop),
        NoticeStep.Show show => ActAsync(show.Place, Notice!.Answer, stop),
        NoticeStep.Restore restore => ActAsync(restore.Place, Notice!.Stood[restore.Place.Stood], stop),
        NoticeStep.Release release => ReleaseAsync(release.Keeper, stop),
        NoticeStep.Close => _store.RemoveAsync(group, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    /// <summary>What an earlier run wrote down stays; rules that lead to the group since then are added.</summary>
    private async Task<NoticeRecord> FindAsync(NoticeRecord? found, string wanted, CancellationToken stop)
    {
        await NeedTargetGroupAsync(wanted, stop).ConfigureAwait(false);
        var stood = (found?.Stood ?? []).ToList();
        var places = (found?.Places ?? []).ToList();
        var keepers = (found?.Keepers ?? []).ToList();
        var fleet = FleetReader.View(await new FleetService(context).FindAsync(group, stop).ConfigureAwait(false));
        var ours = fleet.TargetGroups.ToHashSet(StringComparer.Ordinal);
        foreach (var (balancer, listener) in await ListenersAsync(fleet.TargetGroups, stop).ConfigureAwait(false))
        {
            var rules = await RulesAsync(listener, stop).ConfigureAwait(false);
            var taken = rules.Select(Priority)
                .Concat(keepers.Where(keeper => keeper.Listener == listener.ListenerArn).Select(keeper => (int?)keeper.Priority))
                .ToHashSet();
            foreach (var rule in rules.Where(rule => LeadsTo(rule, ours)))
            {
                var isDefault = rule.IsDefault == true;
                var arn = isDefault ? listener.ListenerArn : rule.RuleArn;
                if (places.Exists(place => place.Arn == arn)
                    || keepers.Exists(keeper => keeper.Listener == listener.ListenerArn && keeper.Priority == Priority(rule)))
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
                $"No rule of an application load balancer leads to {fleet.Name}: there is no place for a notice.",
                "Give the group target groups that a listener forwards to.");
        }

        return new NoticeRecord
        {
            Run = run,
            Owner = found?.Owner ?? context.Operator.Name,
            Since = found?.Since ?? (context.Clock.Now ?? context.Time.GetUtcNow()).ToString("u", CultureInfo.InvariantCulture),
            Answer = wanted,
            Stood = [.. stood],
            Places = [.. places],
            Keepers = [.. keepers],
        };
    }

    private static bool LeadsTo(Rule rule, HashSet<string> ours) => (rule.Actions ?? []).Exists(action =>
        ours.Contains(action.TargetGroupArn ?? "")
        || (action.ForwardConfig?.TargetGroups ?? []).Exists(target => ours.Contains(target.TargetGroupArn)));

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

        var groups = await context.Pacer.SendAsync(
            context.Clients.ELBv2.DescribeTargetGroupsAsync,
            new DescribeTargetGroupsRequest { TargetGroupArns = [.. targetGroups] },
            stop).ConfigureAwait(false);
        var arns = groups.TargetGroups.SelectMany(each => each.LoadBalancerArns ?? []).Distinct().ToList();
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

    private async Task KeepAsync(NoticeKeeper keeper, CancellationToken stop)
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
            Actions = NoticeActions.Parse(Notice!.Stood[keeper.Stood]),
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
            return rules.Find(rule => Priority(rule) == keeper.Priority
                && (rule.Conditions ?? []).Exists(each => each.SourceIpConfig?.Values is [Nobody] || each.Values is [Nobody]));
        }
        catch (ListenerNotFoundException)
        {
            return null;
        }
    }
}
