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

    private readonly NoticeStore _store = new(context);
    private readonly ListenerRules _rules = new(context);

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
        NoticeStep.Show show => _rules.ActAsync(show.Place, NoticeActions.Parse(notice.Answer), stop),
        NoticeStep.Restore restore =>
            _rules.ActAsync(restore.Place, NoticeActions.Parse(notice.Stood[restore.Place.Stood]), stop),
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
        var views = await _rules.LookAsync(targetGroups, stop).ConfigureAwait(false);
        await new RuleOwners(context).RefuseOthersAsync(group, views, ours, found, stop).ConfigureAwait(false);
        foreach (var view in views)
        {
            var listener = view.Listener;
            var taken = view.Rules.Select(Priority)
                .Concat(keepers.Where(keeper => keeper.Listener == listener.ListenerArn).Select(keeper => (int?)keeper.Priority))
                .ToHashSet();
            foreach (var rule in view.Rules.Where(rule => ListenerRules.LeadsTo(rule, ours) && !ListenerRules.IsForNobody(rule)))
            {
                var arn = ListenerRules.ArnOf(rule, listener);
                if (places.Exists(place => place.Arn == arn))
                {
                    continue;
                }

                var index = ListenerRules.Keep(rule, view, stood, places);
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
                new RuleCondition { Field = "source-ip", SourceIpConfig = new SourceIpConditionConfig { Values = [ListenerRules.Nobody] } },
            ],
            Actions = NoticeActions.Parse(notice.Stood[keeper.Stood]),
            Tags =
            [
                new Tag { Key = BakerTags.Group, Value = group },
                new Tag { Key = BakerTags.Run, Value = run },
                .. context.TagsOf(group).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
            ],
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
            var rules = await _rules.RulesAsync(keeper.Listener, stop).ConfigureAwait(false);
            return rules.Find(rule => Priority(rule) == keeper.Priority && ListenerRules.IsForNobody(rule));
        }
        catch (ListenerNotFoundException)
        {
            return null;
        }
    }
}
